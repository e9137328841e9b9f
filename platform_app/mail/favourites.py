"""Mails about favourites."""

from platform_app.domain.favourites.rules import PRICE_DROP_MAIL
from platform_app.domain.favourites.schemas import PriceDropDigest
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

MAX_LISTED_DROPS = 10  # per mail


def price_drops(digest: PriceDropDigest) -> MailMessage:
    """The price drops of a user's favourites, with their titles when favourited."""
    lines = [
        f"{drop.title}: {_price(drop.price)}, {_price(drop.saving)} less than when you liked it."
        for drop in digest.items[:MAX_LISTED_DROPS]
    ]
    remaining = len(digest.items) - MAX_LISTED_DROPS
    return message(
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
        kind=PRICE_DROP_MAIL,
    )


def _price(amount: Money) -> str:
    return money.format_money(amount.amount, amount.currency)
