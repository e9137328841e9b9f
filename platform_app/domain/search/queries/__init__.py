"""Finding listings: one statement makes the words a query, one finds the page, its count and its filters."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text

from platform_app.domain.search import rules
from platform_app.domain.search.rules import Sort
from platform_app.domain.search.schemas import Address, Card, Facets, Question, Results, Showcase
from platform_app.domain.shared import paging
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
  SELECT card, listed_at, listing_id, row_number() OVER (PARTITION BY shop_id ORDER BY listed_at DESC, listing_id) AS place
  FROM (SELECT * FROM listing_search WHERE in_stock ORDER BY listed_at DESC, listing_id DESC LIMIT {rules.RECENT}) AS recent
) AS placed
ORDER BY card->'picture' = 'null', place > {rules.SHOWN_PER_SHOP}, listed_at DESC, listing_id DESC LIMIT :limit""")
_CARDS = text("""
SELECT listing_id, card FROM listing_search
JOIN unnest(CAST(:shops AS uuid[]), CAST(:ids AS uuid[])) AS asked(shop_id, listing_id) USING (shop_id, listing_id)""")
# To walk by quality until eight are found would read everything where there are fewer: so a walk of some length, then a
# look-up of so many.
_EIGHT = "ORDER BY quality DESC, listing_id DESC LIMIT 8"
_ALIKE = text(f"""
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id, quality FROM (
    SELECT shop_id, listing_id, quality, categories FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT {rules.SAMPLE}
  ) AS walked WHERE categories @> ARRAY[CAST(:category AS text)] AND listing_id <> :id
), found AS MATERIALIZED (
  SELECT * FROM best UNION (SELECT shop_id, listing_id, quality FROM listing_search
    WHERE categories @> ARRAY[CAST(:category AS text)] AND listing_id <> :id AND (SELECT count(*) < 8 FROM best) LIMIT {rules.CANDIDATES})
)
SELECT card FROM (SELECT * FROM found {_EIGHT}) AS eight JOIN listing_search USING (shop_id, listing_id)
ORDER BY listing_search.quality DESC, listing_id DESC""")
_OF_SHOP = text(f"""
SELECT card FROM (
  SELECT card, quality, listing_id FROM listing_search WHERE shop_id = (SELECT id FROM shop WHERE slug = :shop)
    AND listing_id <> :id ORDER BY listed_at DESC, listing_id DESC LIMIT {rules.CANDIDATES}
) AS newest {_EIGHT}""")
_SITEMAP_STARTS = text(f"""
SELECT listing_id FROM (SELECT listing_id, row_number() OVER (ORDER BY listing_id) AS place FROM listing_search) AS numbered
WHERE place % {rules.SITEMAP_PAGE} = 1 ORDER BY listing_id""")
_SITEMAP = text(f"""
SELECT shop.slug AS shop, listing.slug AS listing, listing.updated_at FROM listing_search
JOIN listing ON (listing.shop_id, listing.id) = (listing_search.shop_id, listing_search.listing_id)
JOIN shop ON shop.id = listing.shop_id
WHERE listing_search.listing_id >= :start ORDER BY listing_search.listing_id LIMIT {rules.SITEMAP_PAGE}""")
# Among many keys the planner takes a match for common, and would read everything until it comes; where none does, that
# takes as long as there are listings, times keys.
_BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true)")
_RANK = """(1000000 * (0.75 + 0.25 * listing_search.quality) *
  ts_rank('{0.05, 0.2, 0.4, 1.0}', document, CAST(:query AS tsquery), 1))::bigint"""
# What counting and choosing look at; a result's card and document are read only where they are shown and ranked.
_COLUMNS = "shop_id, listing_id, categories, facets, condition, in_stock, price_min, listed_at, quality"
_POSITIONS = {
    Sort.RELEVANCE: "rank",
    Sort.NEWEST: "listed_at::text",
    Sort.PRICE_UP: "price_min",
    Sort.PRICE_DOWN: "price_min",
}


@cache.shared(
    Results,
    tags=lambda question: (f"shop:{question.shop}" if question.shop else "catalog", "categories"),
    made_up=lambda question: not question.is_a_place,
)
def results(session: ReadSession, *, question: Question) -> Results:
    """One page of the listings that answer the question; InvalidCursor for a cursor of another one."""
    words = rules.terms(question.q)
    sort = Sort.NEWEST if question.sort is Sort.RELEVANCE and not words else question.sort
    about = question.model_dump_json(exclude={"cursor", "limit"})
    values = _values(question, query=_as_tsquery(session, words))
    if len(question.facets) > 1 and not words:
        session.execute(_BY_INDEX)
    if question.cursor is not None:
        values |= _position(about, question.cursor, sort=sort)
    statement = text(_statement(question, is_worded=bool(words), sort=sort))
    found = session.execute(statement, {**values, "limit": question.limit + 1}).one()
    rows = found.page or []
    shown = rows[: question.limit]
    last = shown[-1] if len(rows) > question.limit else None
    return Results(
        items=tuple(Card.model_validate(row["card"]) for row in shown),
        next_cursor=paging.encode(about, last["position"], last["id"]) if last else None,
        total=found.total,
        is_total_exact=found.is_total_exact,
        facets=Facets.model_validate(found.facets),
    )


@cache.shared(Showcase, tags=lambda: ("catalog",))
def showcase(session: ReadSession) -> Showcase:
    """What is new and can be bought, with a picture where there is one, and not all from the same shop."""
    found = [Card.model_validate(card) for card in session.execute(_SHOWCASE, {"limit": rules.SHOWN}).scalars()]
    pictured = [card for card in found if card.picture]
    by_shop = {card.shop_slug: card for card in reversed(pictured)}.values()
    hero = [*by_shop, *(card for card in pictured if card not in by_shop)][: rules.HERO]
    newest = [card for card in found if card not in hero][: rules.SHOWN - rules.HERO]
    return Showcase(hero=tuple(hero), newest=tuple(newest))


@cache.shared(tuple[Card, ...], tags=lambda shop, **_: (f"shop:{shop}", "catalog"))
def related(session: ReadSession, *, listing_id: UUID, category: str | None, shop: str) -> tuple[Card, ...]:
    """Eight good listings of the same category, or when there is none, of the newest in the same shop."""
    if category:
        rows = session.execute(_ALIKE, {"category": category, "id": listing_id})
    else:
        rows = session.execute(_OF_SHOP, {"shop": shop, "id": listing_id})
    return tuple(Card.model_validate(card) for card in rows.scalars())


def cards(session: ReadSession, *, listings: Sequence[tuple[UUID, UUID]]) -> dict[UUID, Card]:
    """The cards of those of the listings, each named by its shop and its own id, that are for sale."""
    shops, ids = [shop_id for shop_id, _ in listings], [listing_id for _, listing_id in listings]
    rows = session.execute(_CARDS, {"shops": shops, "ids": ids})
    return {row.listing_id: Card.model_validate(row.card) for row in rows}


@cache.shared(tuple[UUID, ...], tags=lambda: ("sitemap",))
def sitemap_starts(session: ReadSession) -> tuple[UUID, ...]:
    """The first listing of each page of the sitemap; as fresh as the cache is long."""
    return tuple(session.execute(_SITEMAP_STARTS).scalars())


@cache.shared(tuple[Address, ...], tags=lambda **_: ("sitemap",))
def sitemap_page(session: ReadSession, *, start: UUID) -> tuple[Address, ...]:
    """The listings for sale from this one on, a page of them."""
    rows = session.execute(_SITEMAP, {"start": start}).mappings()
    return tuple(Address.model_validate(dict(row)) for row in rows)


def _statement(question: Question, *, is_worded: bool, sort: Sort) -> str:
    """The search as SQL. Only text of this module is joined here: what a visitor typed travels as parameters."""
    matching, filters = _matching(question, is_worded=is_worded), _filters(question)
    place = _filters(Question(category=question.category))
    # From the widest, which categories are counted over, to what was found; where two are the same, it is read once.
    columns = _COLUMNS + (", combinations" if len(question.facets) > 1 else "")
    rows = f"SELECT {columns} FROM listing_search WHERE {matching}"
    narrowed = f"{rows} AND {place}"
    sets = [_some("everywhere", rows)]
    sets += [
        _same("counted", "everywhere")
        if place == "true"
        else _some("counted", narrowed, wider="everywhere", narrowed=place)
    ]
    sets += [
        _same("found", "counted")
        if filters == place
        else _some("found", f"{rows} AND {filters}", wider="counted", narrowed=filters)
    ]
    order, _ = _ORDERS[sort]
    chosen = [name for name in rules.FACETED if question.facets.get(name)]
    return f"""
WITH {", ".join(sets)}, page AS (
  SELECT card, listing_id, {_POSITIONS[sort]} AS position, row_number() OVER (ORDER BY {order}) AS place
  FROM ({_page(question, matching=matching, filters=filters, sort=sort)}) AS found ORDER BY {order} LIMIT :limit
)
SELECT
  (SELECT jsonb_agg(jsonb_build_object('card', card, 'id', listing_id, 'position', position) ORDER BY place) FROM page) AS page,
  (SELECT count(*) FROM found) AS total, (SELECT is_whole FROM about_found) AS is_total_exact,
  jsonb_build_object(
    'categories', {_counts("unnest(categories)", _filters(question, without="category"), table="everywhere")},
    'conditions', {_counts("condition", _filters(question, without="condition"))},
    'shops', {_shops(filters)},
    'price_bands', {_bands(_filters(question, without="price"))},
    'attributes', {_attributes(filters)} || jsonb_build_object({", ".join(f"'{name}', {_attribute(question, name)}" for name in chosen)})
  ) || ({_numbers(question)}) AS facets"""


def _some(name: str, rows: str, *, wider: str = "", narrowed: str = "true") -> str:
    """Up to COUNTED of these rows or a SAMPLE of the best, and about them: whether they are all (`is_whole`).

    They are what a wider set has left, `narrowed`, where that set is whole or PLENTY are left; else the leading
    listings, where PLENTY of these match; else of all. A common word is in a good part of the index, which is never
    all read.
    """
    left = f"SELECT * FROM {wider} WHERE {narrowed}"
    whole = f"(SELECT is_whole FROM about_{wider})" if wider else "false"
    enough = f"({whole} OR (SELECT count(*) >= {rules.PLENTY} FROM ({left}) AS left_{name}))" if wider else "false"
    plenty = f"(SELECT count(*) >= {rules.PLENTY} FROM leading_{name})"
    return f"""enough_{name} AS MATERIALIZED (SELECT {enough} AS yes),
leading_{name} AS MATERIALIZED ({rows} AND is_leading AND (SELECT NOT yes FROM enough_{name}) LIMIT {rules.SAMPLE}),
{name} AS MATERIALIZED (
  {f"{left} AND (SELECT yes FROM enough_{name}) UNION ALL" if wider else ""} SELECT * FROM leading_{name} WHERE {plenty}
  UNION ALL ({rows} AND (SELECT NOT yes FROM enough_{name}) AND NOT {plenty} LIMIT {rules.COUNTED})
), about_{name} AS MATERIALIZED (
  SELECT {whole} OR ((SELECT NOT yes FROM enough_{name}) AND NOT {plenty}
    AND (SELECT count(*) < {rules.COUNTED} FROM {name})) AS is_whole
)"""


def _same(name: str, other: str) -> str:
    return f"{name} AS NOT MATERIALIZED (SELECT * FROM {other}), about_{name} AS (SELECT * FROM about_{other})"


def _page(question: Question, *, matching: str, filters: str, sort: Sort) -> str:
    """The rows of this page: ranked among the best of what was found, or in an order that is exact whatever was found."""
    order, after = _ORDERS[sort]
    after = after if question.cursor else "true"
    whole = "JOIN listing_search USING (shop_id, listing_id)"
    if sort is Sort.RELEVANCE:
        good = "SELECT shop_id, listing_id, quality FROM found ORDER BY quality DESC, listing_id DESC"
        best = f"SELECT card, listing_id, {_RANK} AS rank FROM ({good} LIMIT {rules.CANDIDATES}) AS best {whole}"
        others = (
            f"SELECT *, (1000000 * quality)::bigint - 10000000 AS rank FROM ({good} OFFSET {rules.CANDIDATES}) AS good"
        )
        next_ones = f"SELECT * FROM ({others}) AS others WHERE {after} ORDER BY {order} LIMIT :limit"
        if not question.cursor and question.limit < rules.CANDIDATES:
            return best
        return f"""SELECT * FROM ({best}) AS ranked WHERE {after}
          UNION ALL SELECT card, listing_id, rank FROM ({next_ones}) AS next_ones {whole}"""
    few = "(SELECT is_whole FROM about_found)"
    columns = "card, listing_id, listed_at, price_min"
    # IS TRUE keeps the words from choosing the plan: among many matches, a walk in the order asked for ends soon.
    return f"""(SELECT card, listing_id, listing_search.listed_at, listing_search.price_min
      FROM (SELECT shop_id, listing_id FROM found WHERE {few} AND {after} ORDER BY {order} LIMIT :limit) AS few {whole})
    UNION ALL (SELECT {columns} FROM listing_search
      WHERE ({matching}) IS TRUE AND {filters} AND {after} AND NOT {few} ORDER BY {order} LIMIT :limit)"""


def _shops(filters: str) -> str:
    """The shops with most of what is counted, by their addresses."""
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('value', shop.slug, 'count', n) ORDER BY n DESC, shop.slug), '[]')
      FROM (SELECT shop_id, count(*) AS n FROM counted WHERE {filters}
            GROUP BY 1 ORDER BY 2 DESC LIMIT {rules.SHOWN_VALUES}) AS facet JOIN shop ON shop.id = shop_id)"""


def _attributes(filters: str) -> str:
    """The values of every facet with what is chosen applied, in one pass."""
    return f"""(SELECT coalesce(jsonb_object_agg(name, found), '{{}}') FROM (
      SELECT name, jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value) AS found FROM (
        SELECT split_part(key, '=', 1) AS name, substr(key, strpos(key, '=') + 1) AS value, n,
          row_number() OVER (PARTITION BY split_part(key, '=', 1) ORDER BY n DESC, key) AS place
        FROM (SELECT key, count(*) AS n FROM counted, unnest(facets) AS key WHERE {filters} GROUP BY key) AS keyed
      ) AS named WHERE place <= {rules.SHOWN_VALUES} GROUP BY name) AS facet)"""


def _attribute(question: Question, name: str) -> str:
    """The values of one facet that something is chosen of, without that choice."""
    values = f"SELECT substr(key, {len(name) + 2}) FROM unnest(facets) AS key WHERE starts_with(key, '{name}=')"
    return _counts(
        "value", _filters(question, without=name), source=f"({values}) AS own(value)", limit=rules.SHOWN_VALUES
    )


def _numbers(question: Question) -> str:
    """How many are in stock, and between which prices, in one pass."""
    price = _filters(question, without="price")
    return f"""SELECT jsonb_build_object(
      'in_stock', count(*) FILTER (WHERE in_stock AND {_filters(question, without="in_stock")}),
      'price_min', min(price_min) FILTER (WHERE {price}), 'price_max', max(price_min) FILTER (WHERE {price})) FROM counted"""


def _bands(filters: str) -> str:
    ends = f"ARRAY{list(rules.BANDS)}::bigint[]"
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object(
        'start', coalesce(({ends})[band], 0), 'end', ({ends})[band + 1], 'count', n) ORDER BY band), '[]')
      FROM (SELECT width_bucket(price_min, {ends}) AS band, count(*) AS n FROM counted WHERE {filters} GROUP BY 1) AS banded)"""


def _counts(value: str, filters: str, *, table: str = "counted", source: str = "", limit: int = 200) -> str:
    """How many of what is counted have each value, the commonest first."""
    found = f"{table}, LATERAL {source}" if source else table
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value), '[]')
      FROM (SELECT {value} AS value, count(*) AS n FROM {found} WHERE {filters}
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}) AS facet)"""


def _as_tsquery(session: ReadSession, words: list[str]) -> str | None:
    """The words as PostgreSQL matches them: stems of every language in use, typos mended, the last word a beginning."""
    if not words:
        return None
    query: str | None = session.execute(
        # The planner takes a word's beginning for rare, whatever it begins, and would rather read everything.
        text("SELECT search_query(CAST(:words AS text[]))::text, set_config('enable_seqscan', 'off', true)"),
        {"words": words},
    ).scalar()
    return query


def _values(question: Question, *, query: str | None) -> dict[str, JsonValue]:
    named = question.model_dump(mode="json", include={"category", "shop", "price_min", "price_max", "condition"})
    keys = {f"keys_{name}": _keys(question, without=name) for name in ("", *question.facets)}
    return {**{name: value for name, value in named.items() if value is not None}, **keys, "query": query or ""}


def _keys(question: Question, *, without: str) -> list[JsonValue]:
    chosen = {name: values for name, values in question.facets.items() if name != without}
    return list(rules.wanted_keys(chosen))


def _position(about: str, cursor: str, *, sort: Sort) -> dict[str, JsonValue]:
    after, after_id = paging.decode(about, cursor, str if sort is Sort.NEWEST else int, str)
    try:
        listing_id = UUID(str(after_id))
        place = datetime.fromisoformat(str(after)).astimezone(UTC).isoformat() if sort is Sort.NEWEST else after
    except (ValueError, OverflowError):
        raise paging.InvalidCursor from None
    if isinstance(place, int) and abs(place) >= 2**63:
        raise paging.InvalidCursor
    return {"after": place, "after_id": str(listing_id)}


def _matching(question: Question, *, is_worded: bool) -> str:
    """What no filter can lift: the words, and the shop whose page this is."""
    parts = ["document @@ CAST(:query AS tsquery)"] if is_worded else []
    parts += ["shop_id = (SELECT id FROM shop WHERE slug = :shop)"] if question.shop else []
    return " AND ".join(parts) or "true"


def _filters(question: Question, *, without: str = "") -> str:
    low = "NULL" if question.price_min is None else "CAST(:price_min AS bigint)"
    high = "NULL" if question.price_max is None else "CAST(:price_max AS bigint)"
    parts = [
        ("category", "categories @> ARRAY[CAST(:category AS text)]", question.category is not None),
        # IS TRUE keeps these from choosing the plan: half of the index costs less than so much.
        ("condition", "(condition = :condition) IS TRUE", question.condition is not None),
        # The step is in the index of words; IS TRUE keeps the price itself from choosing another.
        ("price", f"search_price_step(price_min) && search_price_steps({low}, {high})", low != high),
        ("price", "(price_min >= :price_min) IS TRUE", question.price_min is not None),
        ("price", "(price_min <= :price_max) IS TRUE", question.price_max is not None),
        ("in_stock", "in_stock", question.in_stock),
    ]
    others = set(question.facets) - {without}
    own = without if without in question.facets else ""
    indexed = "facets" if len(others) == 1 else "combinations"
    parts.append(("facets", f"{indexed} && CAST(:keys_{own} AS text[])", bool(others)))
    return " AND ".join(part for name, part, wanted in parts if wanted and name != without) or "true"
