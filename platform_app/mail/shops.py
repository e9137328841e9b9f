"""Mails about shops."""

import re

from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

MAX_QUOTED = 40  # characters
_LINK_LIKE = re.compile(r"[^\W\d_][.:/@][^\W_]|://|@|(?:\d[\s().-]*){6}")


def invitation(to: str, *, shop_name: str) -> MailMessage:
    """An invitation to a shop's staff; names the shop unless its name could carry a message of its own."""
    shop = f"The shop {shop_name}" if is_quotable(shop_name) else "A shop"
    return message(
        to,
        subject="You're invited to help run a shop",
        paragraphs=(
            f"{shop} on Plaza has invited you to join its team. You can accept within seven days.",
            "Sign in with this address. If you don't have an account yet, create one with this address first. "
            "If you weren't expecting an invitation, ignore this mail.",
        ),
        button="See the invitation",
        link="/sell",
    )


def is_quotable(name: str) -> bool:
    """Whether a mail may repeat this name: it is too short for a message and has neither link nor phone number."""
    return len(name) <= MAX_QUOTED and not _LINK_LIKE.search(name)
