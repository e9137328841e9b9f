"""The filters of a search as SQL conditions on the index; what visitors chose is in bind parameters."""

from platform_app.domain.search.schemas import SearchQuery


def needs_combinations(search_query: SearchQuery) -> bool:
    """Whether a condition is about several facts of one variant."""
    return len(search_query.facets) > 1 or bool(search_query.facets and search_query.in_stock)


def price_column(search_query: SearchQuery) -> str:
    """The price that is compared: in a shop the shop's own, since all of its prices are in one currency."""
    return "coalesce(own_price, price_min)" if search_query.shop else "price_min"


def filter_conditions(search_query: SearchQuery, *, without: str = "") -> str:
    """The conditions of all filters but one: each facet is counted without its own filter."""
    price = price_column(search_query)
    low = "NULL" if search_query.price_min is None else "CAST(:price_min AS bigint)"
    high = "NULL" if search_query.price_max is None else "CAST(:price_max AS bigint)"
    parts = [
        ("category", "categories @> ARRAY[CAST(:category AS text)]", search_query.category is not None),
        # IS TRUE keeps the planner from using an index for this unselective condition.
        ("condition", "(condition = ANY(CAST(:condition AS text[]))) IS TRUE", bool(search_query.condition)),
        # The price step is in the word index; IS TRUE keeps the planner from choosing the price index instead.
        (
            "price",
            f"search_price_step({price}) && search_price_steps({low}, {high})",
            low != high and not search_query.shop,
        ),
        ("price", f"({price} >= :price_min) IS TRUE", search_query.price_min is not None),
        ("price", f"({price} <= :price_max) IS TRUE", search_query.price_max is not None),
        ("in_stock", "in_stock", search_query.in_stock),
    ]
    others = set(search_query.facets) - {without}
    own = without if without in search_query.facets else ""
    indexed = "combinations" if len(others) > 1 or search_query.in_stock else "facets"
    parts.append(("facets", f"{indexed} && CAST(:keys_{own} AS text[])", bool(others)))
    return " AND ".join(part for name, part, is_active in parts if is_active and name != without) or "true"
