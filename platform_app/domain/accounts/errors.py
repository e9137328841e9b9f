"""Errors of sign-in and of account data."""

from platform_app.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class InvalidAccount(Invalid):
    """Account data is invalid; `fields` names each problem."""


class WeakPassword(Invalid):
    """The password is too easy to guess; the field's message says why and how to improve it."""


class WrongCredentials(Unauthenticated):
    """The e-mail address or the password is wrong. Never reveals which, so that nobody can probe for accounts."""

    message = "The e-mail address or password is wrong."


class CodeNeeded(Unauthenticated):
    """The password is right, but this user also needs a two-factor code."""

    message = "Enter the code from your authenticator app."


class WrongCode(Invalid):
    """The two-factor code is wrong, expired or already used."""

    def __init__(self) -> None:
        """Put the message on the `code` field."""
        super().__init__(fields={"code": "This code is wrong or already used. Wait for the next one, then try again."})


class MissingCode(Invalid):
    """This change needs a two-factor code as well as the password."""

    def __init__(self) -> None:
        """Put the message on the `code` field."""
        super().__init__(fields={"code": "Enter the code from your authenticator app, or a recovery code."})


class WrongPassword(Invalid):
    """The current password is wrong."""

    def __init__(self, field: str = "password") -> None:
        """Put the message on `field`."""
        super().__init__(fields={field: "That isn't your current password."})


class Banned(Forbidden):
    """An operator has closed this account."""

    message = "This account has been closed. Contact us if you think this is a mistake."


class InvalidLink(Invalid):
    """The link from an e-mail is used, expired or unknown."""

    message = "This link has expired or was already used. Please request a new one."


class SignInToConfirm(Forbidden):
    """The link works in a session of the account that asked for it only; it stays unused."""

    message = "Sign in to the account that you are changing, in this browser, then open the link again."


class EmailTaken(Conflict):
    """Another account uses this e-mail address."""

    message = "An account with this e-mail address already exists. Sign in instead."


class UserNotFound(NotFound):
    """No user has this e-mail address or id."""

    message = "No user has this e-mail address."


class SessionNotFound(NotFound):
    """The user has no such session."""

    message = "This session has already ended."


class TwoFactorOn(Conflict):
    """Two-factor sign-in is already on."""

    message = "Two-factor sign-in is already on."


class TwoFactorOff(Conflict):
    """Two-factor sign-in is off, or its setup has not started."""

    message = "Two-factor sign-in isn't set up. Start by entering your password."


class AddressNotFound(NotFound):
    """The user's address book has no such address."""

    message = "This address isn't in your address book."


class TooManyAddresses(Conflict):
    """The address book is full."""

    message = "Your address book is full. Remove an address you no longer need first."


class CountryNotFound(NotFound):
    """No country has this code."""

    message = "No country has this code. Use an ISO 3166-1 alpha-2 code such as GB."
