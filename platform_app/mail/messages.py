"""What Plaza writes to people: one layout, each letter as HTML and as plain text.

No letter repeats what a stranger may have typed, such as a name: whoever signs up with another's address could otherwise
have us send them anything.
"""

from datetime import datetime
from functools import cache
from pathlib import Path

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from mjml import mjml2html

from platform_app.domain.accounts.rules import SecurityNotice
from platform_app.domain.favourites.schemas import PriceDropDigest
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.infra.mail import MailMessage
from platform_app.infra.settings import settings

MAX_LISTED_DROPS = 10  # price drops that one letter tells of
TEMPLATES = Path(__file__).parent / "templates"
_NOT_YOU = "If that was not you, choose a new password at once: whoever did it is signed out by that."
_NOTICES = {
    SecurityNotice.PASSWORD_CHANGED: (
        "Your password was changed",
        "The password of your Plaza account was changed just now.",
    ),
    SecurityNotice.TWO_FACTOR_ON: (
        "Two-factor sign-in is on",
        "From now on, signing in to your Plaza account takes a code of your authenticator app.",
    ),
    SecurityNotice.TWO_FACTOR_OFF: (
        "Two-factor sign-in is off",
        "Signing in to your Plaza account takes only your password from now on.",
    ),
    SecurityNotice.TWO_FACTOR_RESET: (
        "Two-factor sign-in was switched off for you",
        "As we were asked to, we have switched two-factor sign-in off for your Plaza account, and signed it out "
        "everywhere. Signing in takes only your password now; you can turn codes on again in your account.",
    ),
    SecurityNotice.RECOVERY_CODES: (
        "You have new recovery codes",
        "New recovery codes were made for your Plaza account. The former ones work no longer.",
    ),
}


def sign_up(to: str, token: str) -> MailMessage:
    """The link that proves an address."""
    return _message(
        to,
        subject="Confirm your e-mail address",
        paragraphs=(
            "Somebody, most likely you, is opening a Plaza account with this address.",
            "The link works once, within 24 hours. If it was not you, do nothing: without it there will be no account.",
        ),
        button="Confirm this address",
        link=f"/verify#token={token}",
    )


def existing_account(to: str) -> MailMessage:
    """Said only to the mailbox, where it is no secret: there is an account."""
    return _message(
        to,
        subject="You have a Plaza account already",
        paragraphs=(
            "Somebody, most likely you, wanted to use this address for a Plaza account. There is one with it already.",
            "Sign in to it; if you have forgotten the password, you can choose a new one there. "
            "If it was not you, do nothing: nothing was changed.",
        ),
        button="Sign in",
        link="/sign-in",
    )


def reset(to: str, token: str) -> MailMessage:
    """The link to a new password."""
    return _message(
        to,
        subject="Choose a new password",
        paragraphs=(
            "Somebody, most likely you, asked for a new password for your Plaza account.",
            "The link works once, within an hour. If it was not you, do nothing: your password stays as it is.",
        ),
        button="Choose a new password",
        link=f"/reset#token={token}",
    )


def email_change(to: str, token: str) -> MailMessage:
    """The link that proves a new address."""
    return _message(
        to,
        subject="Confirm your new e-mail address",
        paragraphs=(
            "This address is to be the one of a Plaza account.",
            "The link works once, within an hour. If you did not ask for this, do nothing: nothing will change.",
        ),
        button="Confirm this address",
        link=f"/confirm-email#token={token}",
    )


def email_changed(to: str) -> MailMessage:
    """Said to the address that was the account's."""
    return _message(
        to,
        subject="Your e-mail address was changed",
        paragraphs=(
            "Your Plaza account has a new e-mail address; this one is its address no longer.",
            "If that was not you, write to us at once by answering this mail.",
        ),
        button="Open Plaza",
        link="/",
    )


def invitation(to: str) -> MailMessage:
    """Says that a shop wants somebody's help; which one is shown to whoever is signed in with this address."""
    return _message(
        to,
        subject="You are invited to help run a shop",
        paragraphs=(
            "A shop on Plaza has invited you to run it together. You can accept within seven days.",
            "Sign in with this address to see which shop it is; if you have no account yet, create one with this "
            "address first. If you do not know of any such shop, do nothing.",
        ),
        button="See the invitation",
        link="/sell",
    )


def security_notice(to: str, kind: SecurityNotice) -> MailMessage:
    """What was changed about how somebody signs in."""
    subject, sentence = _NOTICES[kind]
    return _message(
        to, subject=subject, paragraphs=(sentence, _NOT_YOU), button="Choose a new password", link="/forgot"
    )


def new_device(to: str, *, device: str, ip: str, at: datetime) -> MailMessage:
    """Where somebody has signed in for the first time; `device` is one of our own names, never what a browser says."""
    where = f" from the address {ip}" if ip else ""
    return _message(
        to,
        subject="A new sign-in to your account",
        paragraphs=(
            f"Somebody, most likely you, signed in to your Plaza account with {device}{where}, "
            f"on {format_datetime(at, 'd MMMM y, HH:mm', locale='en')} UTC. Nobody had signed in from there before.",
            "If it was you, do nothing. " + _NOT_YOU,
        ),
        button="See where you are signed in",
        link="/account/security",
        secondary=("Choose a new password", "/forgot"),
    )


def price_drops(digest: PriceDropDigest) -> MailMessage:
    """What somebody likes and costs less now; each thing by the title it had when they liked it."""
    lines = [
        f"{drop.title}: {_price(drop.price)}, {_price(drop.saving)} less than when you liked it."
        for drop in digest.items[:MAX_LISTED_DROPS]
    ]
    remaining = len(digest.items) - MAX_LISTED_DROPS
    return _message(
        digest.recipient,
        subject="Something you like costs less now",
        paragraphs=(
            "Good news about your favourites.",
            *lines,
            *([f"And {remaining} more."] if remaining > 0 else []),
            "We write about this once a day at most. You can switch these mails off in your account.",
        ),
        button="See your favourites",
        link="/favourites",
        secondary=("Switch these mails off", "/account#mail"),
    )


def _price(amount: Money) -> str:
    return money.format_money(amount.amount, amount.currency)


def _message(
    to: str, *, subject: str, paragraphs: tuple[str, ...], button: str, link: str, secondary: tuple[str, str] = ("", "")
) -> MailMessage:
    base_url = settings().public_url.rstrip("/")
    values = {
        "subject": subject,
        "paragraphs": paragraphs,
        "button": button,
        "link": base_url + link,
        "also": secondary[0],
        "also_link": base_url + secondary[1],
        "home": settings().public_url,
    }
    html = mjml2html(_templates().get_template("message.mjml").render(values))
    return MailMessage(to=to, subject=subject, html=html, text=_templates().get_template("message.txt").render(values))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
