"""The few kinds of errors every surface knows how to show; each noun names its own below one of them."""

from collections.abc import Mapping

from platform_app.infra.errors import Outage


class ProductError(Exception):
    """An answer in the product's words; `code` is stable, `message` is for people."""

    message = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)

    @property
    def code(self) -> str:
        """The error's name as programs see it: `ListingNotFound` becomes `listing_not_found`."""
        name = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class Unauthenticated(ProductError):
    """The caller has to sign in first."""

    message = "Please sign in."


class Forbidden(ProductError):
    """The caller is known and may not do this."""

    message = "You may not do this."


class NotFound(ProductError):
    """There is no such thing, or not for this caller."""

    message = "We could not find that."


class Conflict(ProductError):
    """The thing has changed in a way that rules this out."""

    message = "This has changed in the meantime."


class Invalid(ProductError):
    """The input cannot be used; `fields` says why, a field at a time."""

    message = "Some of this needs another look."

    def __init__(self, message: str | None = None, *, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(message or "; ".join(self.fields.values()) or None)


class RateLimited(ProductError):
    """Too many requests; try again after `retry_after` seconds."""

    message = "That was a little too fast. Please try again in a moment."

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


class Unavailable(ProductError):
    """A part of Plaza is down; nothing was changed."""

    message = "Plaza is briefly unavailable. Nothing was changed; please try again in a moment."


class Undecided(ProductError):
    """A part of Plaza went away in the middle: what was asked for was done, or nothing was."""

    message = "Plaza was interrupted while it saved this. It may have been saved: look before you try again."


def to_product_error(outage: Outage) -> ProductError:
    """What people and programs are told of an outage."""
    return Undecided() if outage.is_undecided else Unavailable()
