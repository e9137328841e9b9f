"""Search: one statement looks up the words of a query, another finds the page, the total and the facets."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text

from platform_app.domain.catalog.tags import CATALOG, CATEGORIES
from platform_app.domain.search import rules
from platform_app.domain.search.queries import facet_counts, facet_values, lexicon
from platform_app.domain.search.queries.conditions import filter_conditions, needs_combinations, price_column
from platform_app.domain.search.queries.lexicon import CompiledQuery
from platform_app.domain.search.rules import Sort, facets, query_text
from platform_app.domain.search.schemas import Card, Correction, Facets, Results, SearchQuery, Showcase
from platform_app.domain.sections import queries as sections
from platform_app.domain.shared import paging
from platform_app.domain.shops import queries as shop_queries
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_ORDERS = {
    Sort.RELEVANCE: ("rank DESC, listing_id DESC", "(rank, listing_id) < (:after, CAST(:after_id AS uuid))"),
    Sort.NEWEST: (
        "listed_at DESC, listing_id DESC",
        "(listed_at, listing_id) < (CAST(:after AS timestamptz), CAST(:after_id AS uuid))",
    ),
    Sort.PRICE_UP: ("price_min, listing_id", "(price_min, listing_id) > (:after, CAST(:after_id AS uuid))"),
    Sort.PRICE_DOWN: ("price_min DESC, listing_id DESC", "(price_min, listing_id) < (:after, CAST(:after_id AS uuid))"),
}
_SHOWCASE = text(f"""
SELECT card FROM (
  SELECT card, listed_at, listing_id, row_number() OVER (PARTITION BY shop_id ORDER BY listed_at DESC, listing_id) AS row_num
  FROM (SELECT * FROM listing_search WHERE in_stock ORDER BY listed_at DESC, listing_id DESC LIMIT {rules.SHOWCASE_POOL}) AS recent
) AS placed
ORDER BY card->'picture' = 'null', row_num > {rules.SHOWCASE_PER_SHOP}, listed_at DESC, listing_id DESC LIMIT :limit""")
_CARDS = text("""
SELECT listing_id, card FROM listing_search
JOIN unnest(CAST(:shops AS uuid[]), CAST(:ids AS uuid[])) AS requested(shop_id, listing_id) USING (shop_id, listing_id)
WHERE listing_search.shop_id = ANY(CAST(:shops AS uuid[]))""")
# Scanning by quality until eight match would read everything if there are fewer. So: a scan of limited length, then an
# index lookup of limited size.
_EIGHT = "ORDER BY quality DESC, listing_id DESC LIMIT 8"
_ALIKE = text(f"""
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id, quality FROM (
    SELECT shop_id, listing_id, quality, categories FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT {rules.TOP_TIER_SAMPLE}
  ) AS walked WHERE categories @> ARRAY[CAST(:category AS text)] AND listing_id <> :id
), found AS MATERIALIZED (
  SELECT * FROM best UNION (SELECT shop_id, listing_id, quality FROM listing_search
    WHERE categories @> ARRAY[CAST(:category AS text)] AND listing_id <> :id AND (SELECT count(*) < 8 FROM best) LIMIT {rules.RANKED_CANDIDATES})
)
SELECT card FROM (SELECT * FROM found {_EIGHT}) AS eight JOIN listing_search USING (shop_id, listing_id)
ORDER BY listing_search.quality DESC, listing_id DESC""")
_PINNED = text("""
SELECT listing_id, card FROM listing_search JOIN pinned_listing USING (shop_id, listing_id)
WHERE shop_id = :shop_id ORDER BY position""")
_OF_SHOP = text(f"""
SELECT card FROM (
  SELECT card, quality, listing_id FROM listing_search WHERE shop_id = :shop_id
    AND listing_id <> :id ORDER BY listed_at DESC, listing_id DESC LIMIT {rules.RANKED_CANDIDATES}
) AS newest {_EIGHT}""")
# With many keys, the planner assumes frequent matches and prefers a sequential scan. Without any match, that would read
# all listings and compare every key.
_BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true)")
# Of any of the words: the rank of all of them counts mostly how near they are to each other, which would put a
# description with two of them before a title with one.
_RANK = """(1000000 * (0.75 + 0.25 * listing_search.quality) *
  ts_rank('{0.05, 0.2, 0.4, 1.0}', document, CAST(:ranked AS tsquery), 1))::bigint"""
# A listing that is named or numbered so comes first, and one with the very words before one with similar words.
_EXACT_RANK = "CASE WHEN document @@ CAST(:exact AS tsquery) THEN 10000000 ELSE 0 END"
_STRICT_RANK = "CASE WHEN document @@ CAST(:strict AS tsquery) THEN 2000000 ELSE 0 END"
_IN_SECTION = """(shop_id, listing_id) IN (SELECT shop_id, listing_id FROM section_listing
  WHERE shop_id = CAST(:shop_id AS uuid) AND section_id = CAST(:section_id AS uuid))"""
# The columns for counting and filtering; `card` and `document` are only read for the rows that are shown or ranked.
_COLUMNS = "shop_id, listing_id, categories, facets, condition, in_stock, price_min, listed_at, quality"
_SORT_VALUES = {
    Sort.RELEVANCE: "rank",
    Sort.NEWEST: "listed_at::text",
    Sort.PRICE_UP: "price_min",
    Sort.PRICE_DOWN: "price_min",
}


@cache.cached(
    Results,
    tags=lambda search_query: (shop_tag(search_query.shop) if search_query.shop else CATALOG, CATEGORIES),
    unbounded=lambda search_query: not search_query.is_bounded,
)
def results(session: ReadSession, *, search_query: SearchQuery) -> Results:
    """One page of the listings that match the query; InvalidCursor for another query's cursor."""
    compiled = lexicon.compile_query(session, search_query.q, as_typed=search_query.as_typed)
    return _results(session, search_query=search_query, compiled=compiled)


def results_without_facets(session: ReadSession, *, search_query: SearchQuery) -> Results:
    """The same without filters to choose from, which costs less."""
    compiled = lexicon.compile_query(session, search_query.q, as_typed=search_query.as_typed)
    return _results(session, search_query=search_query, compiled=compiled, has_facets=False)


def relaxed_results(session: ReadSession, *, search_query: SearchQuery, compiled: CompiledQuery) -> Results | None:
    """The first page of the listings that have most of the words of a query without results; None without any.

    It has no facets.
    """
    for tsquery in compiled.relaxed:
        relaxed = CompiledQuery(query=tsquery, strict=tsquery)
        results = _results(session, search_query=search_query, compiled=relaxed, has_facets=False)
        if results.total:
            return results.model_copy(update={"next_cursor": None})
    return None


def _results(
    session: ReadSession, *, search_query: SearchQuery, compiled: CompiledQuery, has_facets: bool = True
) -> Results:
    sort = Sort.NEWEST if search_query.sort is Sort.RELEVANCE and not compiled.query else search_query.sort
    scope = search_query.model_dump_json(exclude={"cursor", "limit"})
    values = _parameters(search_query, compiled, selected=facet_values.stored_values(session, search_query.facets))
    if search_query.shop:
        shop_id = shop_queries.shop_id(session, slug=search_query.shop)
        values["shop_id"] = str(shop_id) if shop_id else None
        if search_query.section:
            section = sections.section_id(session, shop_id=shop_id, slug=search_query.section) if shop_id else None
            values["section_id"] = str(section) if section else None
    pinned = session.execute(_PINNED, values).all() if search_query.pinned_first else []
    values["pinned"] = [str(row.listing_id) for row in pinned]
    if needs_combinations(search_query) and not compiled.query:
        session.execute(_BY_INDEX)
    if search_query.cursor is not None:
        values |= _decode_position(scope, search_query.cursor, sort=sort)
    first = [Card.model_validate(row.card) for row in pinned] if search_query.cursor is None else []
    limit = search_query.limit - len(first)
    statement = text(_statement(search_query, compiled, sort=sort, has_pinned=bool(pinned), has_facets=has_facets))
    record = session.execute(statement, {**values, "limit": limit + 1}).one()
    rows = record.page or []
    page_rows = rows[:limit]
    last = page_rows[-1] if len(rows) > limit else None
    return Results(
        items=(*first, *(Card.model_validate(row["card"]) for row in page_rows)),
        next_cursor=paging.encode(scope, last["position"], last["id"]) if last else None,
        total=record.total,
        is_total_exact=record.is_total_exact,
        facets=Facets.model_validate(record.facets),
        correction=_correction(search_query.q, compiled) if record.is_corrected else None,
    )


@cache.cached(Showcase, tags=lambda: (CATALOG,))
def showcase(session: ReadSession) -> Showcase:
    """New listings in stock, preferring those with pictures and mixing shops."""
    all_cards = [
        Card.model_validate(card) for card in session.execute(_SHOWCASE, {"limit": rules.SHOWCASE_SIZE}).scalars()
    ]
    pictured = [card for card in all_cards if card.picture]
    by_shop = {card.shop_slug: card for card in reversed(pictured)}.values()
    hero = [*by_shop, *(card for card in pictured if card not in by_shop)][: rules.HERO_SIZE]
    newest = [card for card in all_cards if card not in hero][: rules.SHOWCASE_SIZE - rules.HERO_SIZE]
    return Showcase(hero=tuple(hero), newest=tuple(newest))


@cache.cached(tuple[Card, ...], tags=lambda shop, **_: (shop_tag(shop), CATALOG))
def related(session: ReadSession, *, listing_id: UUID, category: str | None, shop: str) -> tuple[Card, ...]:
    """Up to eight good listings of the same category, or without a category, of the newest in the same shop."""
    if category:
        rows = session.execute(_ALIKE, {"category": category, "id": listing_id})
    else:
        rows = session.execute(_OF_SHOP, {"shop_id": shop_queries.shop_id(session, slug=shop), "id": listing_id})
    return tuple(Card.model_validate(card) for card in rows.scalars())


def cards(session: ReadSession, *, listings: Sequence[tuple[UUID, UUID]]) -> dict[UUID, Card]:
    """The cards of the published listings among these (shop id, listing id) pairs, by listing id."""
    shops, ids = [shop_id for shop_id, _ in listings], [listing_id for _, listing_id in listings]
    rows = session.execute(_CARDS, {"shops": shops, "ids": ids})
    return {row.listing_id: Card.model_validate(row.card) for row in rows}


def _correction(q: str, compiled: CompiledQuery) -> Correction:
    words = dict(compiled.corrections)
    return Correction(q=query_text.corrected_text(q, words), words=words)


def _statement(
    search_query: SearchQuery, compiled: CompiledQuery, *, sort: Sort, has_pinned: bool, has_facets: bool
) -> str:
    """The search as SQL, built only from this module's text: values from visitors are bind parameters."""
    words = "document @@ CAST(:query AS tsquery)" if compiled.query else "true"
    # On a shop's page, no filter removes the shop, or the section.
    in_shop = "shop_id = CAST(:shop_id AS uuid)" if search_query.shop else "true"
    in_shop += f" AND {_IN_SECTION}" if search_query.section else ""
    matching, filters = f"{words} AND {in_shop}", filter_conditions(search_query)
    columns = _COLUMNS + (", own_price" if search_query.shop else "")
    columns += ", combinations" if needs_combinations(search_query) else ""
    rows = f"SELECT {columns} FROM listing_search WHERE {matching}"
    sets = _sets(search_query, rows) if has_facets else [_bounded_set("found", f"{rows} AND {filters}")]
    # The pinned listings are on the first page already.
    unpinned = "listing_id <> ALL(CAST(:pinned AS uuid[]))" if has_pinned else "true"
    order, _ = _order(search_query, sort)
    position = _SORT_VALUES[sort].replace("price_min", price_column(search_query))
    typed = f"SELECT listing_id FROM listing_search WHERE {in_shop} AND document @@ CAST(:strict AS tsquery) LIMIT 1"
    sets += [f"typed AS MATERIALIZED ({typed})"] if compiled.corrections else []
    is_corrected = "(SELECT count(*) FROM typed) = 0 AND (SELECT count(*) FROM found) > 0"
    return f"""
WITH {", ".join(sets)}, page AS (
  SELECT card, listing_id, {position} AS position, row_number() OVER (ORDER BY {order}) AS row_num
  FROM ({_page_sql(search_query, compiled, words=words, filters=f"{in_shop} AND {filters}", unpinned=unpinned, sort=sort)}) AS found ORDER BY {order} LIMIT :limit
)
SELECT
  (SELECT jsonb_agg(jsonb_build_object('card', card, 'id', listing_id, 'position', position) ORDER BY row_num) FROM page) AS page,
  (SELECT count(*) FROM found) AS total, (SELECT is_whole FROM about_found) AS is_total_exact,
  {is_corrected if compiled.corrections else "false"} AS is_corrected,
  {facet_counts.facets_sql(search_query) if has_facets else "CAST('{}' AS jsonb)"} AS facets"""


def _sets(search_query: SearchQuery, rows: str) -> list[str]:
    """From the widest set, over which categories are counted, to the matches; equal sets are read once."""
    filters, category = filter_conditions(search_query), filter_conditions(SearchQuery(category=search_query.category))
    return [
        _bounded_set("everywhere", rows),
        _alias_set("counted", "everywhere")
        if category == "true"
        else _bounded_set("counted", f"{rows} AND {category}", wider="everywhere", condition=category),
        _alias_set("found", "counted")
        if filters == category
        else _bounded_set("found", f"{rows} AND {filters}", wider="counted", condition=filters),
    ]


def _order(search_query: SearchQuery, sort: Sort) -> tuple[str, str]:
    """The order, and the condition for what comes after a position."""
    order, after = _ORDERS[sort]
    price = price_column(search_query)
    return order.replace("price_min", price), after.replace("price_min", price)


def _bounded_set(name: str, rows: str, *, wider: str = "", condition: str = "true") -> str:
    """CTEs for a bounded set of these rows, and `about_{name}` with whether they are all of them (`is_whole`).

    The rows come from the wider set filtered by `condition` if that set is whole or leaves MIN_TOP_TIER_HITS rows;
    else from the top tier if that many match there; else from all listings, up to FACET_ROW_LIMIT. This bounds the
    cost of common words, which occur in much of the index.
    """
    narrowed_rows = f"SELECT * FROM {wider} WHERE {condition}"
    whole = f"(SELECT is_whole FROM about_{wider})" if wider else "false"
    enough = (
        f"({whole} OR (SELECT count(*) >= {rules.MIN_TOP_TIER_HITS} FROM ({narrowed_rows}) AS left_{name}))"
        if wider
        else "false"
    )
    plenty = f"(SELECT count(*) >= {rules.MIN_TOP_TIER_HITS} FROM top_tier_{name})"
    return f"""enough_{name} AS MATERIALIZED (SELECT {enough} AS yes),
top_tier_{name} AS MATERIALIZED ({rows} AND is_leading AND (SELECT NOT yes FROM enough_{name}) LIMIT {rules.TOP_TIER_SAMPLE}),
{name} AS MATERIALIZED (
  {f"{narrowed_rows} AND (SELECT yes FROM enough_{name}) UNION ALL" if wider else ""} SELECT * FROM top_tier_{name} WHERE {plenty}
  UNION ALL ({rows} AND (SELECT NOT yes FROM enough_{name}) AND NOT {plenty} LIMIT {rules.FACET_ROW_LIMIT})
), about_{name} AS MATERIALIZED (
  SELECT {whole} OR ((SELECT NOT yes FROM enough_{name}) AND NOT {plenty}
    AND (SELECT count(*) < {rules.FACET_ROW_LIMIT} FROM {name})) AS is_whole
)"""


def _alias_set(name: str, other: str) -> str:
    return f"{name} AS NOT MATERIALIZED (SELECT * FROM {other}), about_{name} AS (SELECT * FROM about_{other})"


def _page_sql(
    search_query: SearchQuery, compiled: CompiledQuery, *, words: str, filters: str, unpinned: str, sort: Sort
) -> str:
    """The rows of this page: by relevance among the best matches, or in an exact order of all matches."""
    order, after = _order(search_query, sort)
    after = f"{after} AND {unpinned}" if search_query.cursor else unpinned
    whole = "JOIN listing_search USING (shop_id, listing_id)"
    if sort is Sort.RELEVANCE:
        good = "SELECT shop_id, listing_id, quality FROM found ORDER BY quality DESC, listing_id DESC"
        exact = f"""SELECT shop_id, listing_id, quality FROM listing_search
          WHERE {words} AND {filters} AND document @@ CAST(:exact AS tsquery) LIMIT {rules.MAX_EXACT}"""
        candidates = f"({good} LIMIT {rules.RANKED_CANDIDATES})" + (f" UNION ({exact})" if compiled.exact else "")
        rank = f"{_RANK} + {_EXACT_RANK if compiled.exact else 0}"
        rank += f" + {_STRICT_RANK}" if compiled.strict != compiled.query else ""
        best = f"SELECT card, listing_id, {rank} AS rank FROM ({candidates}) AS best {whole}"
        others = f"SELECT *, (1000000 * quality)::bigint - 10000000 AS rank FROM ({good} OFFSET {rules.RANKED_CANDIDATES}) AS good"
        others += f" WHERE (shop_id, listing_id, quality) NOT IN ({exact})" if compiled.exact else ""
        next_ones = f"SELECT * FROM ({others}) AS others WHERE {after} ORDER BY {order} LIMIT :limit"
        if not search_query.cursor and search_query.limit < rules.RANKED_CANDIDATES:
            return best
        return f"""SELECT * FROM ({best}) AS ranked WHERE {after}
          UNION ALL SELECT card, listing_id, rank FROM ({next_ones}) AS next_ones {whole}"""
    few = "(SELECT is_whole FROM about_found)"
    columns = "card, listing_id, listed_at, price_min, own_price"
    # IS TRUE keeps the planner from using the word index: with many matches, scanning in sort order ends soon.
    return f"""(SELECT card, listing_id, listing_search.listed_at, listing_search.price_min, listing_search.own_price
      FROM (SELECT shop_id, listing_id FROM found WHERE {few} AND {after} ORDER BY {order} LIMIT :limit) AS few {whole})
    UNION ALL (SELECT {columns} FROM listing_search
      WHERE ({words}) IS TRUE AND {filters} AND {after} AND NOT {few} ORDER BY {order} LIMIT :limit)"""


def _parameters(
    search_query: SearchQuery, compiled: CompiledQuery, *, selected: Mapping[str, Sequence[str]]
) -> dict[str, JsonValue]:
    filters = search_query.model_dump(mode="json", include={"category", "price_min", "price_max", "condition"})
    keys: dict[str, JsonValue] = {
        f"keys_{name}": list(
            facets.required_keys(
                {other: chosen for other, chosen in selected.items() if other != name}, in_stock=search_query.in_stock
            )
        )
        for name in ("", *search_query.facets)
    }
    return {
        **{name: value for name, value in filters.items() if value is not None},
        **keys,
        "query": compiled.query,
        "strict": compiled.strict,
        "exact": compiled.exact,
        "ranked": compiled.any_word or compiled.query,
    }


def _decode_position(scope: str, cursor: str, *, sort: Sort) -> dict[str, JsonValue]:
    after, after_id = paging.decode(scope, cursor, str if sort is Sort.NEWEST else int, str)
    try:
        listing_id = UUID(str(after_id))
        sort_value = datetime.fromisoformat(str(after)).astimezone(UTC).isoformat() if sort is Sort.NEWEST else after
    except (ValueError, OverflowError):
        raise paging.InvalidCursor from None
    if isinstance(sort_value, int) and abs(sort_value) >= 2**63:
        raise paging.InvalidCursor
    return {"after": sort_value, "after_id": str(listing_id)}
