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

from platform_app.domain.accounts.rules import Notice
from platform_app.domain.favourites.schemas import Drops
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.infra.mail import Letter
from platform_app.infra.settings import settings

LINES = 10  # price drops that one letter tells of
TEMPLATES = Path(__file__).parent / "templates"
_NOT_YOU = "If that was not you, choose a new password at once: whoever did it is signed out by that."
_NOTICES = {
    Notice.PASSWORD_CHANGED: ("Your password was changed", "The password of your Plaza account was changed just now."),
    Notice.TWO_FACTOR_ON: (
        "Two-factor sign-in is on",
        "From now on, signing in to your Plaza account takes a code of your authenticator app.",
    ),
    Notice.TWO_FACTOR_OFF: (
        "Two-factor sign-in is off",
        "Signing in to your Plaza account takes only your password from now on.",
    ),
    Notice.TWO_FACTOR_RESET: (
        "Two-factor sign-in was switched off for you",
        "As we were asked to, we have switched two-factor sign-in off for your Plaza account, and signed it out "
        "everywhere. Signing in takes only your password now; you can turn codes on again in your account.",
    ),
    Notice.RECOVERY_CODES: (
        "You have new recovery codes",
        "New recovery codes were made for your Plaza account. The former ones work no longer.",
    ),
}


def sign_up(to: str, token: str) -> Letter:
    """The link that proves an address."""
    return _letter(
        to,
        subject="Confirm your e-mail address",
        paragraphs=(
            "Somebody, most likely you, is opening a Plaza account with this address.",
            "The link works once, within 24 hours. If it was not you, do nothing: without it there will be no account.",
        ),
        button="Confirm this address",
        link=f"/verify#token={token}",
    )


def known_address(to: str) -> Letter:
    """Said only to the mailbox, where it is no secret: there is an account."""
    return _letter(
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


def reset(to: str, token: str) -> Letter:
    """The link to a new password."""
    return _letter(
        to,
        subject="Choose a new password",
        paragraphs=(
            "Somebody, most likely you, asked for a new password for your Plaza account.",
            "The link works once, within an hour. If it was not you, do nothing: your password stays as it is.",
        ),
        button="Choose a new password",
        link=f"/reset#token={token}",
    )


def email_change(to: str, token: str) -> Letter:
    """The link that proves a new address."""
    return _letter(
        to,
        subject="Confirm your new e-mail address",
        paragraphs=(
            "This address is to be the one of a Plaza account.",
            "The link works once, within an hour. If you did not ask for this, do nothing: nothing will change.",
        ),
        button="Confirm this address",
        link=f"/confirm-email#token={token}",
    )


def former_address(to: str) -> Letter:
    """Said to the address that was the account's."""
    return _letter(
        to,
        subject="Your e-mail address was changed",
        paragraphs=(
            "Your Plaza account has a new e-mail address; this one is its address no longer.",
            "If that was not you, write to us at once by answering this mail.",
        ),
        button="Open Plaza",
        link="/",
    )


def invitation(to: str) -> Letter:
    """Says that a shop wants somebody's help; which one is shown to whoever is signed in with this address."""
    return _letter(
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


def notice(to: str, about: Notice) -> Letter:
    """What was changed about how somebody signs in."""
    subject, sentence = _NOTICES[about]
    return _letter(to, subject=subject, paragraphs=(sentence, _NOT_YOU), button="Choose a new password", link="/forgot")


def new_device(to: str, *, device: str, address: str, at: datetime) -> Letter:
    """Where somebody has signed in for the first time; `device` is one of our own names, never what a browser says."""
    where = f" from the address {address}" if address else ""
    return _letter(
        to,
        subject="A new sign-in to your account",
        paragraphs=(
            f"Somebody, most likely you, signed in to your Plaza account with {device}{where}, "
            f"on {format_datetime(at, 'd MMMM y, HH:mm', locale='en')} UTC. Nobody had signed in from there before.",
            "If it was you, do nothing. " + _NOT_YOU,
        ),
        button="See where you are signed in",
        link="/account/security",
        also=("Choose a new password", "/forgot"),
    )


def price_drops(drops: Drops) -> Letter:
    """What somebody likes and costs less now; each thing by the title it had when they liked it."""
    lines = [
        f"{drop.title}: {_price(drop.price)}, {_price(drop.saving)} less than when you liked it."
        for drop in drops.items[:LINES]
    ]
    more = len(drops.items) - LINES
    return _letter(
        drops.to,
        subject="Something you like costs less now",
        paragraphs=(
            "Good news about your favourites.",
            *lines,
            *([f"And {more} more."] if more > 0 else []),
            "We write about this once a day at most. You can switch these mails off in your account.",
        ),
        button="See your favourites",
        link="/favourites",
        also=("Switch these mails off", "/account#mail"),
    )


def _price(amount: Money) -> str:
    return money.display(amount.amount, amount.currency)


def _letter(
    to: str, *, subject: str, paragraphs: tuple[str, ...], button: str, link: str, also: tuple[str, str] = ("", "")
) -> Letter:
    ours = settings().public_url.rstrip("/")
    values = {
        "subject": subject,
        "paragraphs": paragraphs,
        "button": button,
        "link": ours + link,
        "also": also[0],
        "also_link": ours + also[1],
        "home": settings().public_url,
    }
    html = mjml2html(_templates().get_template("letter.mjml").render(values))
    return Letter(to=to, subject=subject, html=html, text=_templates().get_template("letter.txt").render(values))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
