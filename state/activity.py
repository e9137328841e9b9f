"""A shop's analytics: how often its listings were viewed and favourited."""

import asyncio

import reflex as rx

from platform_app.domain.activity import queries
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import ListingStats, ShopStats
from platform_app.domain.activity.tags import shop_stats_tag
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import Status
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor, Page
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.settings import settings
from state import activity_presenters
from state.activity_presenters import ChartView, ListingStatsView, SegmentView, TotalView
from state.core import page_url
from state.studio import StudioPage

PAGE_SIZE = 12


class ActivityStatsState(StudioPage, rx.State):
    """Statistics of a period; `stage` is "some", or why there are none: "quiet" or "unpublished"."""

    stage: rx.Field[str] = rx.field("")
    day_ranges: rx.Field[list[SegmentView]] = rx.field(default_factory=list)
    sort_options: rx.Field[list[SegmentView]] = rx.field(default_factory=list)
    totals: rx.Field[list[TotalView]] = rx.field(default_factory=list)
    chart: ChartView = ChartView()
    rows: rx.Field[list[ListingStatsView]] = rx.field(default_factory=list)
    next_href: rx.Field[str] = rx.field("")
    first_href: rx.Field[str] = rx.field("")
    shop_url: rx.Field[str] = rx.field("")

    def _permission(self) -> Permission:
        return Permission.STATS

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (shop_stats_tag(membership.shop_id),)

    async def _read(self, membership: Membership) -> None:
        query, base_url = page_url.current(self).query, f"/sell/{membership.slug}/figures"
        days, order = _parse_days(query.get("days", "")), _parse_order(query.get("order", ""))
        cursor = query.get("cursor") or None
        found, page, counts = await asyncio.gather(
            db.read(queries.stats, user_id=membership.user_id, shop=membership.slug, days=days, today=utc_now().date()),
            _listings(membership, days, order, cursor),
            db.read(catalog.status_counts, shop_id=membership.shop_id),
        )
        self._set_values(
            stage="some" if _has_activity(found) else "quiet" if counts[Status.PUBLISHED] else "unpublished",
            day_ranges=activity_presenters.day_ranges(days, order, base_url=base_url),
            sort_options=activity_presenters.sort_options(order, days, base_url=base_url),
            totals=activity_presenters.totals(found),
            chart=activity_presenters.chart(found),
            rows=activity_presenters.listing_rows(page.items, shop=membership.slug),
            next_href=activity_presenters.stats_url(base_url, days, order, cursor=page.next_cursor)
            if page.next_cursor
            else "",
            first_href=activity_presenters.stats_url(base_url, days, order) if cursor else "",
            shop_url=f"{settings().public_url.rstrip('/')}/shops/{membership.slug}",
        )


async def _listings(membership: Membership, days: Period, order: ListingSort, cursor: str | None) -> Page[ListingStats]:
    """A page of listings; the first one if the cursor is invalid, which happens at midnight."""
    try:
        return await db.read(
            queries.listing_stats,
            user_id=membership.user_id,
            shop=membership.slug,
            days=days,
            order=order,
            today=utc_now().date(),
            limit=PAGE_SIZE,
            cursor=cursor,
        )
    except InvalidCursor:
        return await _listings(membership, days, order, None)


def _has_activity(found: ShopStats) -> bool:
    return any(each.views or each.favourites for each in (found.total, found.before))


def _parse_days(value: str) -> Period:
    return next((days for days in Period if value == str(int(days))), Period.MONTH)


def _parse_order(value: str) -> ListingSort:
    return next((order for order in ListingSort if value == order.value), ListingSort.VIEWS)
