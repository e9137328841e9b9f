"""Categories with their paths."""

from collections.abc import Sequence

from sqlalchemy import text

from platform_app.domain.search.schemas import CategoryPath
from platform_app.infra.db import ReadSession

# The categories of the CTE `near` in its order, each with its path; for a WITH RECURSIVE statement. No listings may be
# in the same statement: Citus refuses WITH RECURSIVE over shards.
ANCESTORS_CTE = """up AS (
  SELECT row_num, parent_id, ARRAY[slug] AS path FROM near
  UNION ALL SELECT row_num, category.parent_id, category.slug || path FROM up JOIN category ON category.id = up.parent_id
)"""
CATEGORY_PATHS = """ARRAY(SELECT jsonb_build_object('slug', slug, 'name', name, 'path', path) FROM near JOIN up USING (row_num)
    WHERE up.parent_id IS NULL ORDER BY row_num)"""
_MOST_LIKELY = text(f"""
WITH RECURSIVE near AS (
  SELECT parent_id, slug, name, row_number() OVER (ORDER BY likeness DESC, length(name), slug) AS row_num
  FROM unnest(CAST(:slugs AS text[]), CAST(:likeness AS float[])) AS chosen (slug, likeness) JOIN category USING (slug)
  ORDER BY row_num LIMIT :limit
), {ANCESTORS_CTE}
SELECT {CATEGORY_PATHS} AS categories""")


def most_likely(session: ReadSession, *, likeness: Sequence[tuple[str, float]], limit: int) -> tuple[CategoryPath, ...]:
    """The categories among these slugs, the likeliest first."""
    slugs, values = [slug for slug, _ in likeness], [value for _, value in likeness]
    rows = session.execute(_MOST_LIKELY, {"slugs": slugs, "likeness": values, "limit": limit}).scalar_one()
    return tuple(CategoryPath.model_validate(row) for row in rows)
