"""Words and prices are looked up together: a price's step is in the index of words."""

from alembic import op

revision = "2026_11_24_2140"
down_revision = "2026_11_24_1800"
branch_labels = None
depends_on = None

# A step ends with its edge, so that "up to 50.00" reads no step in vain.
STEP = """
CREATE FUNCTION search_price_step(price bigint) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
SELECT ARRAY[width_bucket(price - 1, ARRAY[500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000]::bigint[])]
$body$"""
# Between two prices, of which NULL is as far as there is.
STEPS = """
CREATE FUNCTION search_price_steps(low bigint, high bigint) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
SELECT ARRAY(SELECT generate_series(
  CASE WHEN low IS NULL THEN 0 ELSE (search_price_step(low))[1] END,
  CASE WHEN high IS NULL THEN 10 ELSE (search_price_step(high))[1] END))
$body$"""


def upgrade() -> None:
    """Make the two indexes of words anew, with the step."""
    op.execute(STEP)
    op.execute(STEPS)
    for name, which in (("words", ""), ("leading_words", "WHERE is_leading")):
        columns = "document, categories, facets, combinations, search_price_step(price_min)"
        op.execute(f"DROP INDEX listing_search_{name}_idx")
        op.execute(f"CREATE INDEX listing_search_{name}_idx ON listing_search USING gin ({columns}) {which}")
