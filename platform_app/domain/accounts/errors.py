"""What can be wrong with signing in, and with what a user says about themselves."""

from platform_app.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class InvalidAccount(Invalid):
    """What was said about a user cannot be used; the fields say why."""


class WeakPassword(Invalid):
    """The password is too easily guessed; the field says why, and what would be better."""


class WrongCredentials(Unauthenticated):
    """No user has this e-mail address and this password; which of the two is wrong is told to nobody."""

    message = "E-mail address or password is wrong."


class CodeNeeded(Unauthenticated):
    """The password is right, and this user also signs in with a code."""

    message = "Enter the code that your authenticator app shows."


class WrongCode(Invalid):
    """The code is not the one of now, or has been used."""

    def __init__(self) -> None:
        """Say so beside the code's field."""
        super().__init__(fields={"code": "This code is wrong or has been used. Wait for the next one and enter it."})


class WrongPassword(Invalid):
    """The user's own password was not given."""

    def __init__(self, field: str = "password") -> None:
        """Say so beside the field it was asked in."""
        super().__init__(fields={field: "This is not your password."})


class Banned(Forbidden):
    """The operator has closed this account."""

    message = "This account has been closed. Write to us if you think that is a mistake."


class InvalidLink(Invalid):
    """The link of a mail was used, is too old, or was never sent."""

    message = "This link has been used or is too old. Please ask for a new one."


class EmailTaken(Conflict):
    """Another user has this e-mail address."""

    message = "There is an account with this e-mail address already. Sign in to it instead."


class UserNotFound(NotFound):
    """There is no such user."""

    message = "There is no user with this e-mail address."


class SessionNotFound(NotFound):
    """The user is not signed in there."""

    message = "This session has ended already."


class TwoFactorOn(Conflict):
    """Two-factor sign-in is on already."""

    message = "Two-factor sign-in is on already."


class TwoFactorOff(Conflict):
    """Two-factor sign-in is off, or its set-up was never begun."""

    message = "Two-factor sign-in is not set up. Begin with your password."


class AddressNotFound(NotFound):
    """The user has no such address."""

    message = "There is no such address in your address book."


class TooManyAddresses(Conflict):
    """The address book is full."""

    message = "Your address book is full. Remove an address that you no longer need first."
