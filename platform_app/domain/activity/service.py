"""Store daily counts."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.activity.tags import shop_stats_tag
from platform_app.domain.favourites import queries as favourites
from platform_app.infra.db import WriteSession, invalidate

# Rows are written in key order, so that concurrent counts cannot deadlock.
_UPSERT_MAXIMUM = text("""
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


def record(session: WriteSession, *, counts: Sequence[DailyCounts]) -> None:
    """Store daily counts that are higher than the stored ones; `counts` has at most one entry per listing and day.

    Counts of deleted shops are dropped.
    """
    columns = {
        "shops": [each.shop_id for each in counts],
        "days": [each.day for each in counts],
        "listings": [each.listing_id for each in counts],
        "views": [each.views for each in counts],
        "favourites": [each.favourites for each in counts],
    }
    changed = session.execute(_UPSERT_MAXIMUM, columns).scalars()
    invalidate(session, *{shop_stats_tag(shop_id) for shop_id in changed})


def record_favourites(session: WriteSession, *, day: date) -> None:
    """Store how many favourites each listing gained on a day and still has."""
    liked = favourites.counts_by_listing(session, day=day)
    record(
        session,
        counts=[
            DailyCounts(shop_id=shop_id, listing_id=listing_id, day=day, favourites=count)
            for (shop_id, listing_id), count in liked.items()
        ],
    )
