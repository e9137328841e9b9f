"""The kinds of errors that every surface can show; each noun derives its own errors from them."""

from collections.abc import Mapping

from platform_app.infra.errors import Outage


class ProductError(Exception):
    """An error in the product's terms; `code` is stable, `message` is for people."""

    message = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)

    @property
    def code(self) -> str:
        """The stable name for programs: `ListingNotFound` becomes `listing_not_found`."""
        name = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class Unauthenticated(ProductError):
    """The caller is not signed in."""

    message = "Sign in to continue."


class Forbidden(ProductError):
    """The caller is signed in but has no permission."""

    message = "You don't have permission to do this."


class NotFound(ProductError):
    """The object does not exist, or not for this caller."""

    message = "We couldn't find that."


class Gone(NotFound):
    """The object existed, and is deleted for good."""

    message = "This has been deleted."


class Conflict(ProductError):
    """The current state does not allow the request."""

    message = "This has changed in the meantime."


class Invalid(ProductError):
    """The input is invalid; `fields` has a message per field."""

    message = "Please check your entries."

    def __init__(self, message: str | None = None, *, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(message or "; ".join(self.fields.values()) or None)


class RateLimited(ProductError):
    """Too many requests; try again after `retry_after` seconds."""

    message = "Too many requests. Please try again in a moment."

    def __init__(self, message: str | None = None, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Unavailable(ProductError):
    """A backing service is down; nothing was changed."""

    message = "Plaza is temporarily unavailable. Nothing was changed; please try again in a moment."


class Undecided(ProductError):
    """A backing service failed during the commit: either everything was saved or nothing was."""

    message = "Plaza was interrupted while saving. Your change may have been saved: check before you try again."


def to_product_error(outage: Outage) -> ProductError:
    """The product error for an outage."""
    return Undecided() if outage.is_undecided else Unavailable()
