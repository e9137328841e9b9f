"""A shop's figures: how often its listings were opened and liked."""

import asyncio

import reflex as rx

from platform_app.domain.activity import queries
from platform_app.domain.activity.rules import Days, Order, tag
from platform_app.domain.activity.schemas import Figures, ListingSums
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import Status
from platform_app.domain.shared.paging import InvalidCursor, Page
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.settings import settings
from state import activity_views, address
from state.activity_views import ChartView, ChoiceView, RowView, SumView
from state.studio import Studio

SHOWN = 12


class FiguresState(Studio, rx.State):
    """The figures of some days; `stage` is "some", or why there are none: "quiet" or "unpublished"."""

    stage: rx.Field[str] = rx.field("")
    ranges: rx.Field[list[ChoiceView]] = rx.field(default_factory=list)
    orders: rx.Field[list[ChoiceView]] = rx.field(default_factory=list)
    sums: rx.Field[list[SumView]] = rx.field(default_factory=list)
    chart: ChartView = ChartView()
    rows: rx.Field[list[RowView]] = rx.field(default_factory=list)
    next_href: rx.Field[str] = rx.field("")
    first_href: rx.Field[str] = rx.field("")
    shared_as: rx.Field[str] = rx.field("")

    def _needs(self) -> Permission:
        return Permission.FIGURES

    def _tags(self, mine: Membership) -> tuple[str, ...]:
        return (tag(mine.shop_id),)

    async def _read(self, mine: Membership) -> None:
        query, base = address.of(self).query, f"/sell/{mine.slug}/figures"
        days, order = _days(query.get("days", "")), _order(query.get("order", ""))
        cursor = query.get("cursor") or None
        found, page, counts = await asyncio.gather(
            db.read(queries.figures, user_id=mine.user_id, shop=mine.slug, days=days, today=utc_now().date()),
            _listings(mine, days, order, cursor),
            db.read(catalog.counts, shop_id=mine.shop_id),
        )
        self._tell(
            stage="some" if _is_some(found) else "quiet" if counts[Status.PUBLISHED] else "unpublished",
            ranges=activity_views.ranges(days, order, base=base),
            orders=activity_views.orders(order, days, base=base),
            sums=activity_views.sums(found),
            chart=activity_views.chart(found),
            rows=activity_views.rows(page.items, shop=mine.slug),
            next_href=activity_views.link(base, days, order, cursor=page.next_cursor) if page.next_cursor else "",
            first_href=activity_views.link(base, days, order) if cursor else "",
            shared_as=f"{settings().public_url.rstrip('/')}/shops/{mine.slug}",
        )


async def _listings(mine: Membership, days: Days, order: Order, cursor: str | None) -> Page[ListingSums]:
    """A page of listings; the first one when the place in the list is lost, as it is at midnight."""
    try:
        return await db.read(
            queries.listings,
            user_id=mine.user_id,
            shop=mine.slug,
            days=days,
            order=order,
            today=utc_now().date(),
            limit=SHOWN,
            cursor=cursor,
        )
    except InvalidCursor:
        return await _listings(mine, days, order, None)


def _is_some(found: Figures) -> bool:
    return any(each.views or each.favourites for each in (found.total, found.before))


def _days(asked: str) -> Days:
    return next((days for days in Days if asked == str(int(days))), Days.MONTH)


def _order(asked: str) -> Order:
    return next((order for order in Order if asked == order.value), Order.VIEWS)
