"""The table of a shop's listings, and what can be done to many of them."""

from decimal import Decimal, InvalidOperation

import reflex as rx
from reflex.event import EventSpec

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.rules import SEES_LISTINGS, Action
from platform_app.domain.editing.schemas import Bulk, Filter
from platform_app.domain.editing.service import bulk
from platform_app.domain.shared.errors import ProductError, told
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Needs, Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import address, editing_views, identity
from state.editing_views import (
    FilterView,
    RefusedView,
    RowView,
)
from state.studio import Studio

DONE = {
    Action.PUBLISH: "for sale",
    Action.UNPUBLISH: "taken down",
    Action.ARCHIVE: "archived",
    Action.PRICE: "re-priced",
    Action.STOCK: "counted",
}


class ListingsState(Studio, rx.State):
    """The table of a shop's listings."""

    rows: rx.Field[list[RowView]] = rx.field(default_factory=list)
    may_write: rx.Field[bool] = rx.field(False)
    filters: rx.Field[list[FilterView]] = rx.field(default_factory=list)
    q: rx.Field[str] = rx.field("")
    chosen: rx.Field[str] = rx.field("")
    next_href: rx.Field[str] = rx.field("")
    is_later: rx.Field[bool] = rx.field(False)
    refused: rx.Field[list[RefusedView]] = rx.field(default_factory=list)
    problem: rx.Field[str] = rx.field("")

    @rx.event
    async def begin(self) -> EventSpec:
        """A new listing, in the editor."""
        mine = await identity.writing_member(self, Permission.LISTINGS)
        made = await db.write(service.begin, user_id=mine.user_id, shop=mine.slug, now=utc_now())
        return rx.redirect(f"/sell/{mine.slug}/listings/{made.listing_id}")

    @rx.event
    async def change_many(self, action: str, listing_ids: list[str], amount: str) -> None:
        """Do one thing to the listings that are ticked."""
        mine = await identity.writing_member(self, SEES_LISTINGS)
        self.problem, self.refused, self.news = "", [], ""
        try:
            asked = _bulk(action, listing_ids, amount)
            done = await db.write(bulk.change, user_id=mine.user_id, shop=mine.slug, asked=asked, now=utc_now())
        except ProductError as error:
            self.problem = str(error)
            return
        except DatabaseUnavailable as error:
            self.problem = str(told(error))
            return
        count = done.changed
        self.news = f"{count} {'listing is' if count == 1 else 'listings are'} {DONE[asked.action]}."
        self.refused = editing_views.refused(done.refused)
        await self._read(mine)

    def _needs(self) -> Needs:
        return SEES_LISTINGS

    async def _read(self, mine: Membership) -> None:
        query = address.of(self).query
        base = f"/sell/{mine.slug}/listings"
        status = query.get("status", "")
        asked = Filter(
            q=query.get("q", ""),
            status=Status(status) if status in set(Status) else None,
            cursor=query.get("cursor") or None,
        )
        try:
            page = await db.read(queries.rows, user_id=mine.user_id, shop=mine.slug, asked=asked)
        except InvalidCursor:
            asked = asked.model_copy(update={"cursor": None})
            page = await db.read(queries.rows, user_id=mine.user_id, shop=mine.slug, asked=asked)
        kept = {"q": asked.q, "status": asked.status or ""}
        may_write = mine.may(Permission.LISTINGS)
        self._tell(
            rows=editing_views.rows(page.items, base=base if may_write else ""),
            may_write=may_write,
            filters=[
                FilterView(label, address.href(base, {"q": asked.q, "status": value}), value == kept["status"])
                for value, label in (("", "All"), *((each.value, editing_views.STATUS[each]) for each in Status))
            ],
            q=asked.q,
            chosen=kept["status"],
            is_later=asked.cursor is not None,
            next_href=address.href(base, {**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
        )

    def _tags(self, mine: Membership) -> tuple[str, ...]:
        return (f"shop-edits:{mine.shop_id}",)


def _bulk(action: str, listing_ids: list[str], amount: str) -> Bulk:
    """What is asked for, of what a browser says."""
    if not listing_ids:
        raise InvalidEdit("Tick the listings first.")
    typed = str(amount).strip().replace(",", ".").removesuffix("%").strip()
    try:
        said: dict[str, object] = {"action": action, "listing_ids": listing_ids}
        if action == Action.PRICE:
            said["percent"] = Decimal(typed)
        if action == Action.STOCK:
            said["quantity"] = int(typed) if typed else None
        return Bulk.model_validate(said)
    except (InvalidOperation, ValueError):
        raise InvalidEdit(_HINTS.get(action, "That cannot be done to these listings.")) from None


_HINTS = {
    Action.PRICE.value: "Enter by how many per cent, from -90 to 500, such as -10.",
    Action.STOCK.value: "Enter how many there are, or nothing if you do not count.",
}
