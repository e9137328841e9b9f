"""The values of the filters with the number of results for each, counted over a bounded set of rows."""

from platform_app.domain.search import rules
from platform_app.domain.search.queries.conditions import filter_conditions, price_column
from platform_app.domain.search.rules import facets
from platform_app.domain.search.schemas import SearchQuery

MAX_COUNTED_VALUES = 200  # categories or conditions


def facets_sql(search_query: SearchQuery) -> str:
    """A JSON object for `Facets`, from `counted`, the rows of the category, and `everywhere`, those of the words."""
    without_category, without_condition = (
        filter_conditions(search_query, without=name) for name in ("category", "condition")
    )
    return f"""jsonb_build_object(
    'categories', {_value_counts("unnest(categories)", without_category, table="everywhere")},
    'conditions', {_value_counts("condition", without_condition)},
    'shops', {_shop_facet(filter_conditions(search_query))},
    'price_bands', {_price_band_facet(search_query)},
    'attributes', {_attribute_facets(search_query)}
  ) || ({_stock_and_price_facets(search_query)})"""


def _shop_facet(filters: str) -> str:
    """The slugs of the shops with the most counted rows."""
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('value', shop.slug, 'count', n) ORDER BY n DESC, shop.slug), '[]')
      FROM (SELECT shop_id, count(*) AS n FROM counted WHERE {filters}
            GROUP BY 1 ORDER BY 2 DESC LIMIT {rules.MAX_SHOWN_VALUES}) AS facet JOIN shop ON shop.id = shop_id)"""


def _attribute_facets(search_query: SearchQuery) -> str:
    """The values of all facets with the selection applied, in one pass, and those of the selected ones without it."""
    selected = [name for name in facets.NAMES if search_query.facets.get(name)]
    others = ", ".join(f"'{name}', {_selected_attribute_facet(search_query, name)}" for name in selected)
    return f"""(SELECT coalesce(jsonb_object_agg(name, found), '{{}}') FROM (
      SELECT name, jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value) AS found FROM (
        SELECT split_part(key, '=', 1) AS name, substr(key, strpos(key, '=') + 1) AS value, n,
          row_number() OVER (PARTITION BY split_part(key, '=', 1) ORDER BY n DESC, key) AS row_num
        FROM ({_key_counts(search_query)}) AS keyed
      ) AS named WHERE row_num <= {rules.MAX_SHOWN_VALUES} GROUP BY name) AS facet) || jsonb_build_object({others})"""


def _selected_attribute_facet(search_query: SearchQuery, name: str) -> str:
    """The values of one selected facet, ignoring its own selection."""
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value), '[]')
      FROM (SELECT substr(key, {len(name) + 2}) AS value, n FROM ({_key_counts(search_query, without=name)}) AS keyed
        WHERE starts_with(key, '{name}=') ORDER BY n DESC, key LIMIT {rules.MAX_SHOWN_VALUES}) AS facet)"""


def _key_counts(search_query: SearchQuery, *, without: str = "") -> str:
    """How many of the counted rows have each value; with "in stock", a variant in stock has to have it."""
    keys = f"SELECT unnest(facets) AS key FROM counted WHERE {filter_conditions(search_query, without=without)}"
    if search_query.in_stock:
        return f"""SELECT substr(key, {len(facets.IN_STOCK) + 1}) AS key, count(*) AS n FROM ({keys}) AS own
          WHERE starts_with(key, '{facets.IN_STOCK}') GROUP BY 1"""
    return f"SELECT key, count(*) AS n FROM ({keys}) AS own WHERE NOT starts_with(key, '{facets.IN_STOCK}') GROUP BY 1"


def _stock_and_price_facets(search_query: SearchQuery) -> str:
    """The in-stock count and the price range, in one pass."""
    filters, price = filter_conditions(search_query, without="price"), price_column(search_query)
    return f"""SELECT jsonb_build_object(
      'in_stock', count(*) FILTER (WHERE in_stock AND {filter_conditions(search_query, without="in_stock")}),
      'price_min', min({price}) FILTER (WHERE {filters}), 'price_max', max({price}) FILTER (WHERE {filters})) FROM counted"""


def _price_band_facet(search_query: SearchQuery) -> str:
    filters, price = filter_conditions(search_query, without="price"), price_column(search_query)
    upper_ends = f"ARRAY{list(rules.PRICE_BANDS)}::bigint[]"
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object(
        'start', coalesce(({upper_ends})[band], 0), 'end', ({upper_ends})[band + 1], 'count', n) ORDER BY band), '[]')
      FROM (SELECT width_bucket({price}, {upper_ends}) AS band, count(*) AS n FROM counted WHERE {filters} GROUP BY 1) AS banded)"""


def _value_counts(value: str, filters: str, *, table: str = "counted") -> str:
    """The number of rows per value, most frequent first."""
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value), '[]')
      FROM (SELECT {value} AS value, count(*) AS n FROM {table} WHERE {filters}
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MAX_COUNTED_VALUES}) AS facet)"""
