"""Keeping what was counted."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from platform_app.domain.activity import rules
from platform_app.domain.activity.schemas import Counted
from platform_app.domain.favourites import queries as favourites
from platform_app.infra.db import WriteSession, poke

# In the order of the key, so that two who count at once wait for each other and never in a circle.
_RAISE = text("""
INSERT INTO listing_day (shop_id, day, listing_id, views, favourites)
SELECT counted.* FROM unnest(
  CAST(:shops AS uuid[]), CAST(:days AS date[]), CAST(:listings AS uuid[]), CAST(:views AS int[]),
  CAST(:favourites AS int[])
) AS counted (shop_id, day, listing_id, views, favourites) JOIN shop ON shop.id = counted.shop_id
ORDER BY counted.shop_id, counted.day, counted.listing_id
ON CONFLICT (shop_id, day, listing_id) DO UPDATE
SET views = greatest(listing_day.views, excluded.views),
    favourites = greatest(listing_day.favourites, excluded.favourites)
WHERE listing_day.views < excluded.views OR listing_day.favourites < excluded.favourites
RETURNING shop_id""")


def record(session: WriteSession, *, counted: Sequence[Counted]) -> None:
    """Keep what was counted of some days, where it is more than what was known; one entry for a listing's day at most.

    What a shop that is gone was visited for is nobody's any more.
    """
    columns = {
        "shops": [each.shop_id for each in counted],
        "days": [each.day for each in counted],
        "listings": [each.listing_id for each in counted],
        "views": [each.views for each in counted],
        "favourites": [each.favourites for each in counted],
    }
    changed = session.execute(_RAISE, columns).scalars()
    poke(session, *{rules.tag(shop_id) for shop_id in changed})


def record_favourites(session: WriteSession, *, day: date) -> None:
    """Keep how many have liked each listing on a day and still do."""
    liked = favourites.liked_on(session, day=day)
    record(
        session,
        counted=[
            Counted(shop_id=shop_id, listing_id=listing_id, day=day, favourites=count)
            for (shop_id, listing_id), count in liked.items()
        ],
    )
