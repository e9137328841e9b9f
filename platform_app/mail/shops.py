"""Mails about shops."""

import re
from datetime import date

from babel.dates import format_date

from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

MAX_QUOTED = 40  # characters
_LINK_LIKE = re.compile(r"[^\W\d_][.:/@][^\W_]|://|@|(?:\d[\s().-]*){6}")


def invitation(to: str, *, shop_name: str) -> MailMessage:
    """An invitation to a shop's staff; names the shop unless its name could carry a message of its own."""
    return message(
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
    return message(
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
    return message(
        to,
        subject="You made somebody an owner of your shop",
        paragraphs=(
            f"{_shop(shop_name)} that you own has a new owner, whom you chose and confirmed with your password.",
            "If this wasn't you, choose a new password right away. That also signs out everyone else. "
            "Then contact us by replying to this mail.",
        ),
        button="Open your shops",
        link="/sell",
        secondary=("Choose a new password", "/forgot"),
    )


def shop_closed(to: str, *, shop_name: str, until: date) -> MailMessage:
    """Tells an owner that a shop is closed, and how long it can be reopened."""
    day = format_date(until, "d MMMM y", locale="en")
    return message(
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


def is_quotable(name: str) -> bool:
    """Whether a mail may repeat this name: it is too short for a message and has neither link nor phone number."""
    return len(name) <= MAX_QUOTED and not _LINK_LIKE.search(name)


def _shop(name: str) -> str:
    """The start of a sentence about a shop, with its name unless the name could carry a message of its own."""
    return f"The shop {name}" if is_quotable(name) else "A shop"
