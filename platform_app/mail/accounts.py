"""Mails about accounts."""

from datetime import datetime

from babel.dates import format_datetime

from platform_app.domain.accounts.rules import SecurityNotice
from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

_NOT_YOU = "If this wasn't you, choose a new password right away. That also signs out everyone else."
_NOTICES = {
    SecurityNotice.PASSWORD_CHANGED: (
        "Your password was changed",
        "The password of your Plaza account was just changed.",
    ),
    SecurityNotice.TWO_FACTOR_ON: (
        "Two-factor sign-in is on",
        "From now on, you need a code from your authenticator app to sign in to your Plaza account.",
    ),
    SecurityNotice.TWO_FACTOR_OFF: (
        "Two-factor sign-in is off",
        "From now on, you only need your password to sign in to your Plaza account.",
    ),
    SecurityNotice.TWO_FACTOR_RESET: (
        "Two-factor sign-in was turned off for you",
        "As requested, we have turned off two-factor sign-in for your Plaza account and signed you out everywhere. "
        "You now only need your password to sign in. You can turn codes on again in your account.",
    ),
    SecurityNotice.RECOVERY_CODES: (
        "You have new recovery codes",
        "New recovery codes were created for your Plaza account. The old ones no longer work.",
    ),
    SecurityNotice.RECOVERY_CODE_USED: (
        "A recovery code was used",
        "One of the recovery codes of your Plaza account was just used instead of a code from your authenticator app. "
        "It doesn't work again. In your account, you see how many are left.",
    ),
}


def sign_up(to: str, token: str) -> MailMessage:
    """The link that confirms the address of a sign-up."""
    return message(
        to,
        subject="Confirm your e-mail address",
        paragraphs=(
            "Someone, most likely you, is creating a Plaza account with this address.",
            "The link works once and expires in 24 hours. If this wasn't you, ignore it: no account will be created.",
        ),
        button="Confirm this address",
        link=f"/verify#token={token}",
    )


def existing_account(to: str) -> MailMessage:
    """Tells the owner of an address, and nobody else, that it already has an account."""
    return message(
        to,
        subject="You already have a Plaza account",
        paragraphs=(
            "Someone, most likely you, tried to use this address for a Plaza account. It already has one.",
            "Sign in to it. If you have forgotten your password, you can choose a new one there. "
            "If this wasn't you, ignore this mail: nothing was changed.",
        ),
        button="Sign in",
        link="/sign-in",
    )


def reset(to: str, token: str) -> MailMessage:
    """The link for choosing a new password."""
    return message(
        to,
        subject="Choose a new password",
        paragraphs=(
            "Someone, most likely you, asked to reset the password of your Plaza account.",
            "The link works once and expires in an hour. If this wasn't you, ignore it: your password stays the same.",
        ),
        button="Choose a new password",
        link=f"/reset#token={token}",
    )


def email_change(to: str, token: str) -> MailMessage:
    """The link that confirms a new address."""
    return message(
        to,
        subject="Confirm your new e-mail address",
        paragraphs=(
            "Someone asked to use this address for a Plaza account.",
            "Open the link in a browser in which you are signed in to that account. It works once and expires in an "
            "hour. If you didn't ask for this, ignore it: nothing will change.",
        ),
        button="Confirm this address",
        link=f"/confirm-email#token={token}",
    )


def email_changed(to: str) -> MailMessage:
    """The notice to an account's old address."""
    return message(
        to,
        subject="Your e-mail address was changed",
        paragraphs=(
            "Your Plaza account now has a new e-mail address instead of this one.",
            "If this wasn't you, contact us right away by replying to this mail.",
        ),
        button="Open Plaza",
        link="/",
    )


def account_deleted(to: str) -> MailMessage:
    """The last mail to an address whose account is gone."""
    return message(
        to,
        subject="Your Plaza account was deleted",
        paragraphs=(
            "Your Plaza account and its data were just deleted, as asked for with your password.",
            "If this wasn't you, contact us right away by replying to this mail.",
        ),
        button="Open Plaza",
        link="/",
    )


def security_notice(to: str, kind: SecurityNotice) -> MailMessage:
    """The notice of a change to the account's security."""
    subject, sentence = _NOTICES[kind]
    return message(to, subject=subject, paragraphs=(sentence, _NOT_YOU), button="Choose a new password", link="/forgot")


def new_device(to: str, *, device: str, ip: str, at: datetime) -> MailMessage:
    """The notice of a sign-in from a new device; `device` is one of our own names, never the raw user agent."""
    where = f" from the IP address {ip}" if ip else ""
    return message(
        to,
        subject="New sign-in to your account",
        paragraphs=(
            f"Someone, most likely you, signed in to your Plaza account with {device}{where}, "
            f"on {format_datetime(at, 'd MMMM y, HH:mm', locale='en')} UTC. This was the first sign-in from there.",
            "If this was you, you can ignore this mail. " + _NOT_YOU,
        ),
        button="See where you are signed in",
        link="/account/security",
        secondary=("Choose a new password", "/forgot"),
    )
