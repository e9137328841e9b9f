"""Update the search index and its statistics."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import rules as catalog_rules
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.catalog.tags import CATALOG, listing_tag
from platform_app.domain.search import rules
from platform_app.domain.search.schemas import Alternatives, Card, CardPicture
from platform_app.domain.shared.money import Money
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import best_effort, outbox
from platform_app.infra.db import WriteSession, invalidate

# The lock makes the order of concurrent jobs irrelevant: the second one reads the current data.
_LOCK = text("SELECT id FROM listing WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_DELETE_ROWS = text("DELETE FROM listing_search WHERE listing_id = ANY(:ids) RETURNING card->>'shop_slug'")
_INSERT_WORDS = text("""
INSERT INTO search_word (word)
SELECT DISTINCT word FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(title text, labels text),
  unnest(tsvector_to_array(to_tsvector('plaza_simple', title || ' ' || labels))) AS word
WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]' ORDER BY word ON CONFLICT DO NOTHING""")
_UPSERT_ROWS = text("""
INSERT INTO listing_search (shop_id, listing_id, categories, facets, combinations, condition, price_min, price_max, in_stock, quality,
                            is_leading, listed_at, card, document)
SELECT shop_id, listing_id, categories, facets, combinations, condition, price_min, price_max, in_stock, quality,
  coalesce(quality >= (SELECT min(quality) FROM listing_search WHERE is_leading), false), listed_at, card,
  setweight(to_tsvector(config, title) || to_tsvector('plaza_simple', title), 'A') ||
  setweight(to_tsvector(config, labels) || to_tsvector('plaza_simple', labels), 'B') ||
  setweight(to_tsvector(config, details), 'C') || setweight(to_tsvector(config, description), 'D')
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(shop_id uuid, listing_id uuid, categories text[], facets text[], combinations text[],
  condition text, price_min bigint, price_max bigint, in_stock boolean, quality real, listed_at timestamptz, card jsonb,
  config regconfig, title text, labels text, details text, description text)
ON CONFLICT (shop_id, listing_id) DO UPDATE SET
  categories = excluded.categories, facets = excluded.facets, combinations = excluded.combinations, condition = excluded.condition,
  price_min = excluded.price_min, price_max = excluded.price_max, in_stock = excluded.in_stock,
  quality = excluded.quality, is_leading = excluded.is_leading, listed_at = excluded.listed_at, card = excluded.card, document = excluded.document""")

# Skips rows that a reindex has locked, since waiting could deadlock; the next run updates them.
_UPDATE_TOP_TIER = text("""
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id, is_leading FROM listing_search
  WHERE (SELECT count(*) > :count FROM (SELECT FROM listing_search LIMIT :count + 1) AS first)
  ORDER BY quality DESC, listing_id DESC LIMIT :count
), other AS (
  (SELECT shop_id, listing_id FROM listing_search WHERE is_leading EXCEPT ALL SELECT shop_id, listing_id FROM best)
  UNION ALL SELECT shop_id, listing_id FROM best WHERE NOT is_leading LIMIT :limit
), changing AS (
  SELECT shop_id, listing_id, is_leading FROM listing_search WHERE (shop_id, listing_id) IN (SELECT * FROM other)
  ORDER BY listing_id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE listing_search SET is_leading = NOT changing.is_leading FROM changing
WHERE (listing_search.shop_id, listing_search.listing_id) = (changing.shop_id, changing.listing_id)
RETURNING listing_search.listing_id""")

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
    return len(session.execute(_UPDATE_TOP_TIER, {"count": count, "limit": limit}).all())


def update_next_top_tier(session: WriteSession) -> None:
    """Make the next changes to the top tier; a job makes the rest, after waiting reindex jobs."""
    changed = update_top_tier(session, count=rules.TOP_TIER_SIZE, limit=rules.TOP_TIER_BATCH_SIZE)
    if changed == rules.TOP_TIER_BATCH_SIZE:
        outbox.add(session, "workers.search.update_top_tier")


def reindex(session: WriteSession, *, listing_ids: Sequence[UUID], now: datetime) -> None:
    """Update the index rows of these listings; unpublished ones are removed."""
    ids = sorted(listing_ids)
    session.execute(_LOCK, {"ids": ids})
    tree = {category.slug: category for category in catalog.categories(session)}
    for_sale = [candidate for candidate in catalog.listings_by_id(session, ids=ids) if candidate.is_public]
    unlisted = sorted(set(ids) - {listing.id for listing in for_sale})
    removed_slugs = session.execute(_DELETE_ROWS, {"ids": unlisted}).scalars().all()
    rows = to_json([_index_row(listing, tree=tree, now=now) for listing in for_sale]).decode()
    session.execute(_INSERT_WORDS, {"rows": rows})
    session.execute(_UPSERT_ROWS, {"rows": rows})
    slugs = {*removed_slugs, *(listing.shop_slug for listing in for_sale)}
    # The command that changed a listing has invalidated its tags already, but before its card was updated.
    invalidate(session, CATALOG, *(shop_tag(slug) for slug in slugs), *(listing_tag(listing_id) for listing_id in ids))


def reindex_changed_shop(session: WriteSession, *, shop_id: UUID, fields: Collection[str], now: datetime) -> None:
    """Reindex a shop's listings if one of the changed fields is part of their index rows."""
    if rules.INDEXED_SHOP_FIELDS & set(fields):
        reindex_shop(session, shop_id=shop_id, after_id=None, now=now)


def reindex_shop(session: WriteSession, *, shop_id: UUID, after_id: UUID | None, now: datetime) -> None:
    """Reindex a shop's listings, one batch per job."""
    ids = catalog.listing_ids_after(session, shop_id=shop_id, after=after_id, limit=rules.REINDEX_BATCH_SIZE)
    reindex(session, listing_ids=ids, now=now)
    if len(ids) == rules.REINDEX_BATCH_SIZE:
        outbox.add(session, "workers.search.reindex_shop", shop_id=str(shop_id), after_id=str(ids[-1]))


def _index_row(listing: Listing, *, tree: dict[str, Category], now: datetime) -> dict[str, Any]:
    path = tree[listing.category].path if listing.category else ()
    card = _card(listing)
    choices = [value for variant in listing.variants for value in variant.choice]
    description = catalog_rules.plain_text(listing.description)
    return {
        "shop_id": listing.shop_id,
        "listing_id": listing.id,
        "categories": path,
        "facets": sorted({key for facts in _variant_facts(listing) for key in rules.facet_keys(facts)}),
        "combinations": sorted({key for facts in _variant_facts(listing) for key in rules.combination_keys(facts)}),
        "condition": listing.condition,
        "price_min": card.price.amount,
        "price_max": card.price_max.amount,
        "in_stock": card.in_stock,
        "quality": rules.quality(
            pictures=len(listing.ready_pictures),
            in_stock=card.in_stock,
            described=len(description) > 80,
            age_days=(now - listing.created_at).total_seconds() / 86_400,
        ),
        "listed_at": listing.created_at,
        "card": card.model_dump(mode="json"),
        "config": f"plaza_{listing.language}",
        "title": listing.title,
        "labels": " ".join([*listing.tags, *(tree[slug].name for slug in path), listing.shop_name]),
        "details": " ".join([*listing.attributes.values(), *dict.fromkeys(choices)]),
        "description": description[:20_000],
    }


def _variant_facts(listing: Listing) -> list[dict[str, str]]:
    """The facts of each variant: the listing's attributes, overridden by the variant's choices."""
    shared = _facet_values(listing.attributes.items())
    return [shared | _facet_values(zip(listing.options, variant.choice, strict=False)) for variant in listing.variants]


def _facet_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value.strip() for label, value in pairs if (name := rules.facet_name(label)) and value.strip()}


def _card(listing: Listing) -> Card:
    cheapest = min(listing.variants, key=lambda variant: variant.price)
    compare_at = cheapest.compare_at
    picture = listing.ready_pictures[0] if listing.ready_pictures else None
    return Card(
        id=listing.id,
        slug=listing.slug,
        title=listing.title,
        shop_slug=listing.shop_slug,
        shop_name=listing.shop_name,
        price=Money(amount=listing.lowest_price, currency=listing.currency),
        price_max=Money(amount=max(variant.price for variant in listing.variants), currency=listing.currency),
        compare_at=Money(amount=compare_at, currency=listing.currency) if compare_at else None,
        condition=listing.condition,
        in_stock=any(listing.can_be_bought(variant) for variant in listing.variants),
        holiday_until=listing.holiday_until,
        picture=CardPicture.model_validate(picture.model_dump(include={"content", "width", "height", "colour", "alt"}))
        if picture
        else None,
    )
