"""Attributes that are common in a category."""

from sqlalchemy import text

from platform_app.domain.catalog.tags import CATEGORIES
from platform_app.domain.search.schemas import CommonAttribute
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

# A sample of a few hundred listings is enough, however large the category is.
_COMMON_ATTRIBUTES = text(r"""
WITH sample AS (
  SELECT shop_id, listing_id FROM listing_search WHERE categories @> ARRAY[:category]::text[] LIMIT 300
), attribute_counts AS (
  SELECT name, value, count(*) AS times FROM sample
  JOIN listing ON (listing.shop_id, listing.id) = (sample.shop_id, sample.listing_id)
  CROSS JOIN jsonb_each_text(listing.attributes) AS each(name, value) GROUP BY name, value
)
SELECT name, (array_agg(value ORDER BY times DESC, value))[1\:12] AS values FROM attribute_counts
GROUP BY name ORDER BY sum(times) DESC, name LIMIT 8""")


@cache.cached(tuple[CommonAttribute, ...], tags=lambda **_: (CATEGORIES,))
def in_category(session: ReadSession, *, category: str) -> tuple[CommonAttribute, ...]:
    """The most common attributes of a category's listings, with their most common values."""
    rows = session.execute(_COMMON_ATTRIBUTES, {"category": category}).mappings()
    return tuple(CommonAttribute.model_validate(dict(row)) for row in rows)
