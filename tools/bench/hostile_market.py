"""What an attacker of `./plaza bench hostile` knows: real names and words of the market, and a member's own shop."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import sign_up
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.accounts.service.passwords import reset_password
from platform_app.domain.catalog import rules as catalog_rules
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import ListingInput, VariantInput
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.shops.service import members
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.db import ReadSession, WriteSession
from tools.bench import search

EMAIL, PASSWORD, SHOP = "attacker@example.org", "walnut-harbour-lantern", "attackers-shop"
LISTINGS = 100  # of the attacker's shop: as many as one bulk command accepts
OPTION_VALUES = (10, 10, 5)  # of three options: as many variants as a listing may have
PLACES = {
    "shop": "SELECT card->>'shop_slug' FROM listing_search GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "category": "SELECT category FROM listing_search, unnest(categories) AS category GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "listing_id": "SELECT listing_id FROM listing_search ORDER BY length(card::text) DESC LIMIT 1",
    "listing": "SELECT card->>'slug' FROM listing_search ORDER BY quality DESC, listing_id LIMIT 1",
    "content": "SELECT content FROM picture WHERE state = 'ready' ORDER BY width DESC LIMIT 1",
}
SELECT_FACETS = text("""
SELECT facet FROM (SELECT facets FROM listing_search LIMIT 20000) AS sample, unnest(facets) AS facet
GROUP BY facet ORDER BY count(*) DESC LIMIT 400""")


@dataclass(frozen=True)
class Market:
    """Words of titles, the most frequent first; the most frequent values of facets; and values by parameter name."""

    words: tuple[str, ...]
    facets: dict[str, tuple[str, ...]]
    known: dict[str, str]
    user_id: UUID | None = None  # of a signed-in attacker
    listing_ids: tuple[str, ...] = field(default=())

    def queries(self, length: int, *, seed: int) -> dict[str, str]:
        """Hostile texts of at most this length, each different for another seed."""
        rng = random.Random(seed)
        common = rng.sample(self.words[:30], min(30, len(self.words)))
        typos = [word[: len(word) // 2] + word[len(word) // 2 + 1 :] for word in common if len(word) > 4]
        texts = {
            "one common word": common[:1],
            "common words": common,
            "typos": typos,
            "beginnings": [word[:2] for word in common],
            "unknown words": [f"{rng.randrange(36**6):x}zq" for _ in range(40)],
            "phrases": [f'"{one} {other}"' for one, other in pairwise(common)],
            "excluded words": [f"-{word}" for word in common],
            "long words": ["w" * 38 + f"{rng.randrange(99):02}" for _ in range(40)],
        }
        return {label: " ".join(words)[:length] for label, words in texts.items()}


def observe() -> Market:
    """The market as any visitor can know it."""
    with db.reading() as session:
        titles = [str(title).lower() for title in session.execute(search.SELECT_TITLES).scalars()]
        known = {name: str(session.execute(text(query)).scalar() or "none") for name, query in PLACES.items()}
        facets = _facets(session)
    counts: dict[str, int] = {}
    for word in (word for title in titles for word in search.words(title)):
        counts[word] = counts.get(word, 0) + 1
    return Market(words=tuple(sorted(counts, key=lambda word: -counts[word])), facets=facets, known=known)


def with_member(market: Market) -> Market:
    """The market with a signed-in attacker, whose shop has the largest listing that is allowed and a full table."""
    now = utc_now()
    with db.writing() as session:
        user = sign_up.create_user(session, email=EMAIL, role=Role.MEMBER, now=now)
        token = sign_up.issue_reset_token(session, user_id=user.id, now=now)
        reset_password(session, token=token, new=PASSWORD, now=now)
        shop = shops.create_if_missing(session, profile=ShopProfile(slug=SHOP, name="Attacker's shop"), now=now)
        members.make_owner(session, slug=SHOP, email=EMAIL, now=now)
        listing_ids = _fill_shop(session, shop)
    ids = tuple(map(str, listing_ids))
    return replace(
        market,
        known={**market.known, "shop": SHOP, "listing_id": ids[0], "listing": ids[0], "member_id": str(user.id)},
        user_id=user.id,
        listing_ids=ids,
    )


def session_token(market: Market) -> str:
    """The token of a new session of the attacker, since an attack may have ended the last one; empty for a visitor."""
    if market.user_id is None:
        return ""
    with db.writing() as session:
        user = lock_user(session, user_id=market.user_id)
        return accounts.create_session(session, user=user, now=utc_now(), user_agent="Firefox", ip="127.0.0.1").token


def _facets(session: ReadSession) -> dict[str, tuple[str, ...]]:
    """The most frequent values of each facet."""
    found: dict[str, list[str]] = {}
    for key in session.execute(SELECT_FACETS).scalars():
        name, _, value = str(key).partition("=")
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def _fill_shop(session: WriteSession, shop: Shop) -> list[UUID]:
    values = [[f"Value {number}" for number in range(count)] for count in OPTION_VALUES]
    variants = tuple(
        VariantInput(choice=choice, price=1000 + number, quantity=5, sku=f"sku-{number}")
        for number, choice in enumerate(product(*values))
    )
    description = "**Glazed** by hand in small batches.\n\n" * (catalog_rules.MAX_DESCRIPTION // 40)
    largest = ListingInput(
        key="largest",
        title="The largest listing",
        description=description,
        options=("Colour", "Size", "Material"),
        variants=variants,
        tags=tuple(f"tag {number}" for number in range(catalog_rules.MAX_TAGS)),
        attributes={f"Attribute {number}": "value " * 10 for number in range(40)},
    )
    others = [
        ListingInput(key=f"other-{number}", title=f"Other listing {number}", variants=(VariantInput(price=2000),))
        for number in range(LISTINGS - 1)
    ]
    saved = catalog.save_many(session, shop=shop, inputs=[largest, *others], reason=Reason.OPENING, now=utc_now())
    return [each.listing_id for each in saved]


def values_of_facet(market: Market, name: str, count: int) -> Sequence[str]:
    """This many values of a facet; made-up ones if the market has fewer."""
    return (*market.facets.get(name, ()), *(f"Value {number}" for number in range(count)))[:count]
