"""Reading a shop's figures; every query asks for the caller's part in the shop first."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import Days, Order
from platform_app.domain.activity.schemas import DaySums, Figures, ListingSums, Sums
from platform_app.domain.shared import paging
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import ReadSession

_BY_DAY = text("""
SELECT day, sum(views)::bigint AS views, sum(favourites)::bigint AS favourites FROM listing_day
WHERE shop_id = :shop_id AND day BETWEEN :first AND :last GROUP BY day""")

# The last of them as `rules.saved_percent` has it, in tenths; what nobody has opened comes after what nobody has liked.
_ORDERS = {
    Order.VIEWS: "sum(views)",
    Order.FAVOURITES: "sum(favourites)",
    Order.SAVED: "CASE WHEN sum(views) = 0 THEN -1 ELSE least(1000, 1000 * sum(favourites) / sum(views)) END",
}
_BY_LISTING = """
WITH counted AS (
  SELECT listing_id, sum(views)::bigint AS views, sum(favourites)::bigint AS favourites, ({place})::bigint AS place
  FROM listing_day WHERE shop_id = :shop_id AND day BETWEEN :first AND :last GROUP BY listing_id
), page AS (
  SELECT * FROM counted WHERE (place, listing_id) < (:place, CAST(:listing_id AS uuid))
  ORDER BY place DESC, listing_id DESC LIMIT :limit
)
SELECT page.*, listing.title, CASE WHEN listing.status = 'published' THEN listing.slug END AS slug,
  shown.content AS picture, shown.width AS picture_width
FROM page LEFT JOIN listing ON listing.shop_id = :shop_id AND listing.id = page.listing_id
LEFT JOIN LATERAL (SELECT picture.content, picture.width FROM listing_picture placed
  JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id) AND picture.state = 'ready'
  WHERE placed.shop_id = :shop_id AND placed.listing_id = page.listing_id ORDER BY placed.position LIMIT 1) shown ON true
ORDER BY page.place DESC, page.listing_id DESC"""
_LISTINGS = {order: text(_BY_LISTING.format(place=place)) for order, place in _ORDERS.items()}
_FIRST = (2**62, UUID(int=2**128 - 1))


def figures(session: ReadSession, *, user_id: UUID, shop: str, days: Days, today: date) -> Figures:
    """How the shop has done on each of the days up to today, and on as many before."""
    seller = shops.require(session, user_id=user_id, shop=shop, permission=Permission.FIGURES)
    first, last = rules.span(days, today=today)
    begin = first - timedelta(days=days)
    rows = session.execute(_BY_DAY, {"shop_id": seller.shop_id, "first": begin, "last": last})
    found = {row.day: (row.views, row.favourites) for row in rows}
    every = [begin + timedelta(days=number) for number in range(2 * days)]
    sums = [
        DaySums(day=day, views=views, favourites=liked) for day in every for views, liked in [found.get(day, (0, 0))]
    ]
    before, shown = sums[:days], sums[days:]
    return Figures(days=days, first=first, last=last, total=_sum(shown), before=_sum(before), by_day=tuple(shown))


def listings(
    session: ReadSession,
    *,
    user_id: UUID,
    shop: str,
    days: Days,
    order: Order,
    today: date,
    limit: int,
    cursor: str | None = None,
) -> Page[ListingSums]:
    """The shop's listings of which there is something to tell, the most first."""
    seller = shops.require(session, user_id=user_id, shop=shop, permission=Permission.FIGURES)
    first, last = rules.span(days, today=today)
    question = f"figures of {seller.shop_id}/{first}/{last}/{order}"
    place, listing_id = _position(question, cursor) if cursor else _FIRST
    values = {"shop_id": seller.shop_id, "first": first, "last": last, "limit": limit + 1}
    rows = session.execute(_LISTINGS[order], {**values, "place": place, "listing_id": listing_id}).mappings().all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page[ListingSums](
        items=tuple(ListingSums.model_validate(dict(row)) for row in shown),
        next_cursor=paging.encode(question, shown[-1]["place"], str(shown[-1]["listing_id"])) if more else None,
    )


def _position(question: str, cursor: str) -> tuple[int, UUID]:
    place, listing_id = paging.decode(question, cursor, int, str)
    try:
        return int(str(place)), UUID(str(listing_id))
    except ValueError:
        raise paging.InvalidCursor from None


def _sum(days: list[DaySums]) -> Sums:
    return Sums(views=sum(day.views for day in days), favourites=sum(day.favourites for day in days))
