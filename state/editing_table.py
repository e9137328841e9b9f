"""The table of a shop's listings, and its bulk actions."""

from decimal import Decimal, InvalidOperation

import reflex as rx

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.rules import VIEW_PERMISSIONS, BulkAction
from platform_app.domain.editing.schemas import BulkRequest, ListingFilter
from platform_app.domain.editing.service import bulk
from platform_app.domain.editing.tags import shop_edits_tag
from platform_app.domain.shared.errors import ProductError, to_product_error
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops.rules import Permission, RequiredPermission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import editing_presenters
from state.core import browser, identity, page_url
from state.editing_presenters import (
    ListingRowView,
    RefusedView,
    StatusFilterView,
)
from state.studio import StudioPage

ACTION_RESULTS = {
    BulkAction.PUBLISH: "published",
    BulkAction.UNPUBLISH: "taken down",
    BulkAction.ARCHIVE: "archived",
    BulkAction.PRICE: "repriced",
    BulkAction.STOCK: "updated",
}


class ListingsState(StudioPage, rx.State):
    """The table of a shop's listings."""

    rows: rx.Field[list[ListingRowView]] = rx.field(default_factory=list)
    can_edit: rx.Field[bool] = rx.field(False)
    filters: rx.Field[list[StatusFilterView]] = rx.field(default_factory=list)
    q: rx.Field[str] = rx.field("")
    selected_status: rx.Field[str] = rx.field("")
    next_href: rx.Field[str] = rx.field("")
    is_later_page: rx.Field[bool] = rx.field(False)
    refused: rx.Field[list[RefusedView]] = rx.field(default_factory=list)
    error: rx.Field[str] = rx.field("")

    @rx.event
    async def create_listing(self) -> browser.BoundEvent:
        """Create a listing and open it in the editor."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        created = await db.write(service.create_draft, user_id=membership.user_id, shop=membership.slug, now=utc_now())
        return rx.redirect(f"/sell/{membership.slug}/listings/{created.listing_id}")

    @rx.event
    async def change_selected(self, action: str, listing_ids: list[str], amount: str) -> None:
        """Apply a bulk action to the selected listings."""
        membership = await identity.require_writing_membership(self, VIEW_PERMISSIONS)
        self.error, self.refused, self.flash = "", [], ""
        try:
            change = _parse_bulk(action, listing_ids, amount)
            result = await db.write(
                bulk.apply, user_id=membership.user_id, shop=membership.slug, request=change, now=utc_now()
            )
        except ProductError as error:
            self.error = str(error)
            return
        except DatabaseUnavailable as error:
            self.error = str(to_product_error(error))
            return
        count = result.changed
        self.flash = f"{count} {'listing' if count == 1 else 'listings'} {ACTION_RESULTS[change.action]}."
        self.refused = editing_presenters.refused(result.refused)
        await self._read(membership)

    def _flash(self) -> dict[str, str]:
        return {"deleted": "The listing is deleted."}

    def _permission(self) -> RequiredPermission:
        return VIEW_PERMISSIONS

    async def _read(self, membership: Membership) -> None:
        query = page_url.current(self).query
        base_url = f"/sell/{membership.slug}/listings"
        status = query.get("status", "")
        query_filter = ListingFilter(
            q=query.get("q", ""),
            status=Status(status) if status in set(Status) else None,
            cursor=query.get("cursor") or None,
        )
        try:
            page = await db.read(
                queries.listing_rows, user_id=membership.user_id, shop=membership.slug, params=query_filter
            )
        except InvalidCursor:
            query_filter = query_filter.model_copy(update={"cursor": None})
            page = await db.read(
                queries.listing_rows, user_id=membership.user_id, shop=membership.slug, params=query_filter
            )
        params = {"q": query_filter.q, "status": query_filter.status or ""}
        can_edit = membership.has_permission(Permission.LISTINGS)
        self._set_values(
            rows=editing_presenters.rows(page.items, base_url=base_url if can_edit else ""),
            can_edit=can_edit,
            filters=[
                StatusFilterView(
                    label, href(base_url, {"q": query_filter.q, "status": value}), value == params["status"]
                )
                for value, label in (
                    ("", "All"),
                    *((each.value, editing_presenters.STATUS_LABELS[each]) for each in Status),
                )
            ],
            q=query_filter.q,
            selected_status=params["status"],
            is_later_page=query_filter.cursor is not None,
            next_href=href(base_url, {**params, "cursor": page.next_cursor}) if page.next_cursor else "",
        )

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (shop_edits_tag(membership.shop_id),)


def _parse_bulk(action: str, listing_ids: list[str], amount: str) -> BulkRequest:
    """The bulk request from a browser's values; raises InvalidEdit."""
    if not listing_ids:
        raise InvalidEdit("Select at least one listing first.")
    typed = str(amount).strip().replace(",", ".").removesuffix("%").strip()
    try:
        values: dict[str, object] = {"action": action, "listing_ids": listing_ids}
        if action == BulkAction.PRICE:
            values["percent"] = Decimal(typed)
        if action == BulkAction.STOCK:
            values["quantity"] = int(typed) if typed else None
        return BulkRequest.model_validate(values)
    except (InvalidOperation, ValueError):
        raise InvalidEdit(_HINTS.get(action, "This can't be done to these listings.")) from None


_HINTS = {
    BulkAction.PRICE.value: "Enter a percentage from -90 to 500, such as -10.",
    BulkAction.STOCK.value: "Enter a whole number, or leave it empty to sell without a limit.",
}
