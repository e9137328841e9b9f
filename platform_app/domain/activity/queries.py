"""A shop's statistics. Every query first checks the caller's membership of the shop."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import DayStats, ListingStats, ShopStats, StatTotals
from platform_app.domain.shared import paging
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import ReadSession

_BY_DAY = text("""
SELECT day, sum(views)::bigint AS views, sum(favourites)::bigint AS favourites FROM listing_day
WHERE shop_id = :shop_id AND day BETWEEN :first AND :last GROUP BY day""")

# SAVED matches `rules.saved_percent`, in tenths; listings without views sort after those without favourites.
_SORT_EXPRESSIONS = {
    ListingSort.VIEWS: "sum(views)",
    ListingSort.FAVOURITES: "sum(favourites)",
    ListingSort.SAVED: "CASE WHEN sum(views) = 0 THEN -1 ELSE least(1000, 1000 * sum(favourites) / sum(views)) END",
}
_BY_LISTING = """
WITH counted AS (
  SELECT listing_id, sum(views)::bigint AS views, sum(favourites)::bigint AS favourites, ({sort_value})::bigint AS sort_value
  FROM listing_day WHERE shop_id = :shop_id AND day BETWEEN :first AND :last GROUP BY listing_id
), page AS (
  SELECT * FROM counted WHERE (sort_value, listing_id) < (:sort_value, CAST(:listing_id AS uuid))
  ORDER BY sort_value DESC, listing_id DESC LIMIT :limit
)
SELECT page.*, listing.title, CASE WHEN listing.status = 'published' THEN listing.slug END AS slug,
  shown.content AS picture, shown.width AS picture_width
FROM page LEFT JOIN listing ON listing.shop_id = :shop_id AND listing.id = page.listing_id
LEFT JOIN LATERAL (SELECT picture.content, picture.width FROM listing_picture placed
  JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id) AND picture.state = 'ready'
  WHERE placed.shop_id = :shop_id AND placed.listing_id = page.listing_id ORDER BY placed.position LIMIT 1) shown ON true
ORDER BY page.sort_value DESC, page.listing_id DESC"""
_LISTINGS = {order: text(_BY_LISTING.format(sort_value=sort_value)) for order, sort_value in _SORT_EXPRESSIONS.items()}
_FIRST_POSITION = (2**62, UUID(int=2**128 - 1))


def stats(session: ReadSession, *, user_id: UUID, shop: str, days: Period, today: date) -> ShopStats:
    """The shop's daily statistics up to today, with the total of the period before for comparison."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.STATS)
    first, last = rules.date_range(days, today=today)
    start = first - timedelta(days=days)
    rows = session.execute(_BY_DAY, {"shop_id": membership.shop_id, "first": start, "last": last})
    counts_by_day = {row.day: (row.views, row.favourites) for row in rows}
    all_days = [start + timedelta(days=number) for number in range(2 * days)]
    sums = [
        DayStats(day=day, views=views, favourites=liked)
        for day in all_days
        for views, liked in [counts_by_day.get(day, (0, 0))]
    ]
    previous, current = sums[:days], sums[days:]
    return ShopStats(
        days=days, first=first, last=last, total=_sum(current), before=_sum(previous), by_day=tuple(current)
    )


def listing_stats(
    session: ReadSession,
    *,
    user_id: UUID,
    shop: str,
    days: Period,
    order: ListingSort,
    today: date,
    limit: int,
    cursor: str | None = None,
) -> Page[ListingStats]:
    """Statistics of the shop's listings with activity in the period, highest first."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.STATS)
    first, last = rules.date_range(days, today=today)
    scope = f"figures of {membership.shop_id}/{first}/{last}/{order}"
    sort_value, listing_id = _decode_position(scope, cursor) if cursor else _FIRST_POSITION
    values = {"shop_id": membership.shop_id, "first": first, "last": last, "limit": limit + 1}
    rows = (
        session.execute(_LISTINGS[order], {**values, "sort_value": sort_value, "listing_id": listing_id})
        .mappings()
        .all()
    )
    shown = rows[:limit]
    has_more = len(rows) > limit
    return Page[ListingStats](
        items=tuple(ListingStats.model_validate(dict(row)) for row in shown),
        next_cursor=paging.encode(scope, shown[-1]["sort_value"], str(shown[-1]["listing_id"])) if has_more else None,
    )


def _decode_position(scope: str, cursor: str) -> tuple[int, UUID]:
    sort_value, listing_id = paging.decode(scope, cursor, int, str)
    try:
        return int(str(sort_value)), UUID(str(listing_id))
    except ValueError:
        raise paging.InvalidCursor from None


def _sum(days: list[DayStats]) -> StatTotals:
    return StatTotals(views=sum(day.views for day in days), favourites=sum(day.favourites for day in days))
