"""The mails that Plaza sends: one layout, each as HTML and plain text.

No mail repeats what its sender may have typed, such as a name: otherwise, people could sign up with somebody else's
address to make us send them any text. The one exception is the name of the shop that invites somebody, if it is short
and has nothing that a mail program makes a link or a phone number of (`is_quotable`).
"""

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from mjml import mjml2html

from platform_app.domain.accounts.rules import SecurityNotice
from platform_app.domain.favourites.schemas import PriceDropDigest
from platform_app.domain.following import rules as following
from platform_app.domain.following.schemas import NewListingsDigest
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.infra.mail import MailMessage
from platform_app.infra.settings import settings

MAX_LISTED_DROPS = 10  # per mail
MAX_LISTED_SHOPS = 20  # per mail
MAX_QUOTED = 40  # characters
_LINK_LIKE = re.compile(r"[^\W\d_][.:/@][^\W_]|://|@|(?:\d[\s().-]*){6}")
TEMPLATES = Path(__file__).parent / "templates"
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
    return _message(
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
    return _message(
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
    return _message(
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
    return _message(
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
    return _message(
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
    return _message(
        to,
        subject="Your Plaza account was deleted",
        paragraphs=(
            "Your Plaza account and its data were just deleted, as asked for with your password.",
            "If this wasn't you, contact us right away by replying to this mail.",
        ),
        button="Open Plaza",
        link="/",
    )


def invitation(to: str, *, shop_name: str) -> MailMessage:
    """An invitation to a shop's staff; names the shop unless its name could carry a message of its own."""
    return _message(
        to,
        subject="You're invited to help run a shop",
        paragraphs=(
            f"{_shop(shop_name)} on Plaza has invited you to join its team. You can accept within seven days.",
            "Sign in with this address. If you don't have an account yet, create one with this address first. "
            "If you weren't expecting an invitation, ignore this mail.",
        ),
        button="See the invitation",
        link="/sell",
    )


def became_owner(to: str, *, shop_name: str) -> MailMessage:
    """Tells a member that they own the shop from now on."""
    return _message(
        to,
        subject="You now own a shop on Plaza",
        paragraphs=(
            f"{_shop(shop_name)} on Plaza has made you one of its owners. Owners can do everything in a shop, "
            "hand it over and close it.",
            "If you don't want this, make somebody else an owner on the shop's staff page, and leave.",
        ),
        button="Open your shops",
        link="/sell",
    )


def made_owner(to: str, *, shop_name: str) -> MailMessage:
    """Tells an owner that they have made somebody else one, in case it was not them."""
    return _message(
        to,
        subject="You made somebody an owner of your shop",
        paragraphs=(
            f"{_shop(shop_name)} that you own has a new owner, whom you chose and confirmed with your password.",
            _NOT_YOU + " Then contact us by replying to this mail.",
        ),
        button="Open your shops",
        link="/sell",
        secondary=("Choose a new password", "/forgot"),
    )


def shop_closed(to: str, *, shop_name: str, until: date) -> MailMessage:
    """Tells an owner that a shop is closed, and how long it can be reopened."""
    day = format_date(until, "d MMMM y", locale="en")
    return _message(
        to,
        subject="Your shop is closed",
        paragraphs=(
            f"{_shop(shop_name)} that you own was just closed, as confirmed with an owner's password.",
            f"Its owners can reopen it until {day}. After that, it is deleted with everything in it.",
        ),
        button="Reopen the shop",
        link="/sell",
        secondary=("Choose a new password", "/forgot"),
    )


def security_notice(to: str, kind: SecurityNotice) -> MailMessage:
    """The notice of a change to the account's security."""
    subject, sentence = _NOTICES[kind]
    return _message(
        to, subject=subject, paragraphs=(sentence, _NOT_YOU), button="Choose a new password", link="/forgot"
    )


def new_device(to: str, *, device: str, ip: str, at: datetime) -> MailMessage:
    """The notice of a sign-in from a new device; `device` is one of our own names, never the raw user agent."""
    where = f" from the IP address {ip}" if ip else ""
    return _message(
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


def price_drops(digest: PriceDropDigest) -> MailMessage:
    """The price drops of a user's favourites, with their titles when favourited."""
    lines = [
        f"{drop.title}: {_price(drop.price)}, {_price(drop.saving)} less than when you liked it."
        for drop in digest.items[:MAX_LISTED_DROPS]
    ]
    remaining = len(digest.items) - MAX_LISTED_DROPS
    return _message(
        digest.recipient,
        subject="Price drops on your favourites",
        paragraphs=(
            "Good news: some of your favourites are cheaper now.",
            *lines,
            *([f"And {remaining} more."] if remaining > 0 else []),
            "We send this mail at most once a day. You can turn it off in your account.",
        ),
        button="See your favourites",
        link="/favourites",
        secondary=("Turn off these mails", "/account#mail"),
    )


def new_listings(digest: NewListingsDigest) -> MailMessage:
    """What is new in the shops that a user follows."""
    lines = [
        f"{each.shop_name}: {following.new_listings_text(each.count)}." for each in digest.items[:MAX_LISTED_SHOPS]
    ]
    remaining = len(digest.items) - MAX_LISTED_SHOPS
    return _message(
        digest.recipient,
        subject="New in the shops you follow",
        paragraphs=(
            "Shops that you follow have new listings.",
            *lines,
            *([f"And {remaining} more {'shop' if remaining == 1 else 'shops'}."] if remaining > 0 else []),
            "We send this mail at most once a day. You can turn it off in your account.",
        ),
        button="See the shops you follow",
        link="/following",
        secondary=("Turn off these mails", "/account#following_mail"),
    )


def is_quotable(name: str) -> bool:
    """Whether a mail may repeat this name: it is too short for a message and has neither link nor phone number."""
    return len(name) <= MAX_QUOTED and not _LINK_LIKE.search(name)


def _shop(name: str) -> str:
    """The start of a sentence about a shop, with its name unless the name could carry a message of its own."""
    return f"The shop {name}" if is_quotable(name) else "A shop"


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
