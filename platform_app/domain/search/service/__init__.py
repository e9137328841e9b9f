"""Update the search index and its statistics."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from pydantic_core import to_json
from sqlalchemy import Row, text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.catalog.tags import CATALOG, listing_tag
from platform_app.domain.exchange_rates import queries as exchange_rates
from platform_app.domain.search import rules
from platform_app.domain.search.schemas import Alternatives
from platform_app.domain.search.service import facet_labels, index_rows
from platform_app.domain.search.service.index_rows import ComparablePrices
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import best_effort, outbox
from platform_app.infra.db import WriteSession, invalidate
from platform_app.infra.settings import settings

# The lock makes the order of concurrent jobs irrelevant: the second one reads the current data.
_LOCK = text("SELECT id FROM listing WHERE shop_id = :shop_id AND id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_DELETE_ROWS = text(
    "DELETE FROM listing_search WHERE shop_id = :shop_id AND listing_id = ANY(:ids) RETURNING card->>'shop_slug'"
)
_WORST_QUALITY = text("SELECT min(quality) FROM listing_search WHERE is_leading")
_INSERT_WORDS = text("""
INSERT INTO search_word (word)
SELECT word FROM unnest(CAST(:words AS text[])) AS word
WHERE NOT EXISTS (SELECT FROM search_word AS known WHERE known.word = word.word) ORDER BY word ON CONFLICT DO NOTHING""")
_SELECT_OUTDATED = text(
    "SELECT shop_id, listing_id FROM listing_search "
    "WHERE search_analysis(card) < :version OR search_analysis(card) > :version LIMIT :limit"
)
_UPSERT_ROWS = text("""
INSERT INTO listing_search (shop_id, listing_id, categories, facets, combinations, condition, price_min, price_max, own_price, in_stock, quality,
                            is_leading, listed_at, card, document)
SELECT shop_id, listing_id, categories, facets, combinations, condition, price_min, price_max, own_price, in_stock, quality,
  coalesce(quality >= CAST(:worst AS real), false), listed_at, card, document
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(shop_id uuid, listing_id uuid, categories text[], facets text[], combinations text[],
  condition text, price_min bigint, price_max bigint, own_price bigint, in_stock boolean, quality real, listed_at timestamptz, card jsonb,
  document tsvector)
ON CONFLICT (shop_id, listing_id) DO UPDATE SET
  categories = excluded.categories, facets = excluded.facets, combinations = excluded.combinations, condition = excluded.condition,
  price_min = excluded.price_min, price_max = excluded.price_max, own_price = excluded.own_price, in_stock = excluded.in_stock,
  quality = excluded.quality, is_leading = excluded.is_leading, listed_at = excluded.listed_at, card = excluded.card, document = excluded.document""")

_MISPLACED = text("""
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id, is_leading FROM listing_search
  WHERE (SELECT count(*) > :count FROM (SELECT 1 FROM listing_search LIMIT :count + 1) AS first)
  ORDER BY quality DESC, listing_id DESC LIMIT :count
)
(SELECT shop_id, listing_id FROM listing_search WHERE is_leading EXCEPT ALL SELECT shop_id, listing_id FROM best)
UNION ALL SELECT shop_id, listing_id FROM best WHERE NOT is_leading LIMIT :limit""")
# Skips rows that a reindex has locked, since waiting could deadlock; the next run updates them.
_MOVE_BETWEEN_TIERS = text("""
WITH changing AS (
  SELECT listing_id, is_leading FROM listing_search WHERE shop_id = :shop_id AND listing_id = ANY(:ids)
  ORDER BY listing_id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE listing_search SET is_leading = NOT changing.is_leading FROM changing
WHERE shop_id = :shop_id AND listing_search.listing_id = changing.listing_id RETURNING listing_search.listing_id""")

# Counts only titles and labels (weights A and B): most words of descriptions are not about the item itself.
_COUNT_WORDS = text("""
WITH counted AS MATERIALIZED (
  SELECT word, ndoc FROM ts_stat(
    format('SELECT document FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT %s', CAST(:listings AS int)), 'ab')
), fresh AS (SELECT search_word.word, coalesce(ndoc, 0) AS ndoc FROM search_word LEFT JOIN counted USING (word))
UPDATE search_word SET listings = ndoc FROM fresh WHERE search_word.word = fresh.word AND listings <> ndoc
RETURNING search_word.word""")


def update_word_counts(session: WriteSession) -> int:
    """Update the number of best listings per word; return how many words changed."""
    return len(session.execute(_COUNT_WORDS, {"listings": rules.WORD_COUNT_SAMPLE}).all())


_RECORD_ZERO_RESULTS = text("""
INSERT INTO search_miss (words, times, first_at, last_at) VALUES (:words, 1, :now, :now)
ON CONFLICT (words) DO UPDATE SET times = search_miss.times + 1, last_at = greatest(search_miss.last_at, excluded.last_at)""")
_SWEEP_ZERO_RESULT_QUERIES = text("""
DELETE FROM search_miss WHERE words IN (
  SELECT words FROM search_miss ORDER BY times DESC, last_at DESC, words OFFSET :keep) RETURNING words""")


def log_zero_results(words: str, alternatives: Alternatives, *, now: datetime) -> None:
    """Have a visitor's search without results recorded in the background, once a minute for the same words.

    A search that finds something without its filters is not recorded: its words are fine.
    """
    normalized = rules.normalize(words)
    if normalized and not alternatives.unfiltered:
        best_effort.write_later(record_zero_results, normalized, words=words, now=now)


def record_zero_results(session: WriteSession, *, words: str, now: datetime) -> None:
    """Record for the operator that a query found nothing; queries without words are ignored."""
    normalized = rules.normalize(words)
    if normalized:
        session.execute(_RECORD_ZERO_RESULTS, {"words": normalized, "now": now})


def sweep_zero_result_queries(session: WriteSession, *, keep: int = rules.MAX_ZERO_RESULT_QUERIES) -> int:
    """Delete all but the `keep` most frequent and recent queries without results; return how many were deleted."""
    return len(session.execute(_SWEEP_ZERO_RESULT_QUERIES, {"keep": keep}).all())


def update_top_tier(session: WriteSession, *, count: int, limit: int) -> int:
    """Update the top tier to the best `count` listings, with up to `limit` changes; return how many changed.

    With no more listings than that, the top tier is empty: searching the whole index is as cheap, and complete.
    """
    misplaced = session.execute(_MISPLACED, {"count": count, "limit": limit}).all()
    moved = [
        listing_id
        for shop_id, ids in _by_shop(misplaced)
        for listing_id in session.execute(_MOVE_BETWEEN_TIERS, {"shop_id": shop_id, "ids": ids}).scalars()
    ]
    return len(moved)


def update_next_top_tier(session: WriteSession) -> None:
    """Make the next changes to the top tier; a job makes the rest, after waiting reindex jobs."""
    changed = update_top_tier(session, count=rules.TOP_TIER_SIZE, limit=rules.TOP_TIER_BATCH_SIZE)
    if changed == rules.TOP_TIER_BATCH_SIZE:
        outbox.add(session, "workers.search.update_top_tier")


def reindex_changed(session: WriteSession, *, shop_id: UUID | None, listing_ids: Sequence[UUID], now: datetime) -> None:
    """Reindex changed listings; jobs of an earlier release do not name the shop."""
    by_shop = {shop_id: listing_ids} if shop_id else catalog.ids_by_shop(session, listing_ids=listing_ids)
    for owner_id, ids in by_shop.items():
        reindex(session, shop_id=owner_id, listing_ids=ids, now=now)


def reindex(session: WriteSession, *, shop_id: UUID, listing_ids: Sequence[UUID], now: datetime) -> None:
    """Update the index rows of these listings of the shop; unpublished ones are removed."""
    ids = sorted(listing_ids)
    session.execute(_LOCK, {"shop_id": shop_id, "ids": ids})
    tree = {category.slug: category for category in catalog.categories(session)}
    for_sale = [
        candidate for candidate in catalog.shop_listings(session, shop_id=shop_id, ids=ids) if candidate.is_public
    ]
    unlisted = sorted(set(ids) - {listing.id for listing in for_sale})
    removed_slugs = session.execute(_DELETE_ROWS, {"shop_id": shop_id, "ids": unlisted}).scalars().all()
    words = {word for listing in for_sale for word in index_rows.words(listing, tree=tree)}
    values = {value for listing in for_sale for value in index_rows.facet_values(listing)}
    labels = facet_labels.labels(session, values)
    prices = _prices(session, for_sale)
    rows = [index_rows.index_row(listing, tree=tree, labels=labels, prices=prices, now=now) for listing in for_sale]
    session.execute(_INSERT_WORDS, {"words": sorted(words)})
    worst = session.execute(_WORST_QUALITY).scalar()
    session.execute(_UPSERT_ROWS, {"rows": to_json(rows).decode(), "worst": worst})
    slugs = {*removed_slugs, *(listing.shop_slug for listing in for_sale)}
    # The command that changed a listing has invalidated its tags already, but before its card was updated.
    invalidate(session, CATALOG, *(shop_tag(slug) for slug in slugs), *(listing_tag(listing_id) for listing_id in ids))


def _prices(session: WriteSession, listings: Sequence[Listing]) -> ComparablePrices:
    """How to compare the prices of these listings; rates are only read if one has another currency."""
    currency = settings().currency
    is_foreign = any(listing.currency != currency for listing in listings)
    return ComparablePrices(currency, exchange_rates.rates(session) if is_foreign else None)


def reindex_outdated(session: WriteSession, *, now: datetime) -> None:
    """Reindex listings whose row another release wrote, or with prices in another currency; one batch per job."""
    version = rules.index_version(settings().currency)
    rows = session.execute(_SELECT_OUTDATED, {"version": version, "limit": rules.REINDEX_BATCH_SIZE}).all()
    for shop_id, ids in _by_shop(rows):
        reindex(session, shop_id=shop_id, listing_ids=ids, now=now)
    if len(rows) == rules.REINDEX_BATCH_SIZE:
        outbox.add(session, "workers.search.reindex_outdated")


def reindex_changed_shop(session: WriteSession, *, shop_id: UUID, fields: Collection[str], now: datetime) -> None:
    """Reindex a shop's listings if one of the changed fields is part of their index rows."""
    if rules.INDEXED_SHOP_FIELDS & set(fields):
        reindex_shop(session, shop_id=shop_id, after_id=None, now=now)


def reindex_shop(session: WriteSession, *, shop_id: UUID, after_id: UUID | None, now: datetime) -> None:
    """Reindex a shop's listings, one batch per job."""
    ids = catalog.listing_ids_after(session, shop_id=shop_id, after=after_id, limit=rules.REINDEX_BATCH_SIZE)
    reindex(session, shop_id=shop_id, listing_ids=ids, now=now)
    if len(ids) == rules.REINDEX_BATCH_SIZE:
        outbox.add(session, "workers.search.reindex_shop", shop_id=str(shop_id), after_id=str(ids[-1]))


def reindex_currencies(session: WriteSession, *, currencies: Collection[str], after_id: UUID | None) -> None:
    """Queue the reindexing of the shops whose prices are compared at the rates of these currencies."""
    shop_ids = shops.ids_by_currency(
        session,
        currencies=None if settings().currency in currencies else currencies,
        without=settings().currency,
        after=after_id,
        limit=rules.REINDEX_BATCH_SIZE,
    )
    for shop_id in shop_ids:
        outbox.add(session, "workers.search.reindex_shop", shop_id=str(shop_id))
    if len(shop_ids) == rules.REINDEX_BATCH_SIZE:
        after = str(shop_ids[-1])
        outbox.add(session, "workers.search.reindex_next_shops", currencies=list[JsonValue](currencies), after_id=after)


def _by_shop(rows: Iterable[Row[UUID, UUID]]) -> list[tuple[UUID, list[UUID]]]:
    """The listing ids of (shop id, listing id) rows for each shop, in the order in which shops are locked."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for shop_id, listing_id in rows:
        found[shop_id].append(listing_id)
    return sorted(found.items())
