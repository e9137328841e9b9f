"""The table of a shop's listings, and its bulk actions."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

import reflex as rx

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import BulkChangeNotFound, InvalidEdit
from platform_app.domain.editing.rules import VIEW_PERMISSIONS, BulkAction
from platform_app.domain.editing.schemas import BulkRequest, ListingFilter
from platform_app.domain.editing.service import bulk
from platform_app.domain.editing.tags import shop_edits_tag
from platform_app.domain.sections.rules import MAX_ASSIGNED
from platform_app.domain.shared.errors import ProductError, to_product_error
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops.rules import Permission, RequiredPermission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import editing_bulk_presenters, editing_presenters, sections
from state.core import browser, identity, page_url
from state.editing_bulk_presenters import BulkPreviewView, RefusedView, UndoView
from state.editing_presenters import ListingRowView, SelectOptionView, StatusFilterView
from state.studio import StudioPage

ACTION_RESULTS = {
    BulkAction.PUBLISH: "published",
    BulkAction.UNPUBLISH: "taken down",
    BulkAction.ARCHIVE: "archived",
    BulkAction.PRICE: "repriced",
    BulkAction.STOCK: "updated",
    BulkAction.UNLIMITED: "updated",
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
    sections: rx.Field[list[SelectOptionView]] = rx.field(default_factory=list)
    preview: BulkPreviewView = BulkPreviewView()
    undo_view: UndoView = UndoView()
    _request: BulkRequest | None = None  # what the preview shows
    _previews: int = 0

    @rx.event
    async def create_listing(self) -> browser.BoundEvent:
        """Create a listing and open it in the editor."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        created = await db.write(service.create_draft, user_id=membership.user_id, shop=membership.slug, now=utc_now())
        return rx.redirect(f"/sell/{membership.slug}/listings/{created.listing_id}")

    @rx.event
    async def change_selected(self, action: str, listing_ids: list[str], amount: str) -> None:
        """Change the status of the selected listings, or show what a change of their prices or stock would do."""
        membership = await identity.require_membership(self, VIEW_PERMISSIONS)
        self._clear_messages()
        try:
            change = _parse_bulk(action, listing_ids, amount)
            if change.action.can_be_undone:
                await self._show_preview(membership, change)
            else:
                await self._change(change)
        except (ProductError, DatabaseUnavailable) as error:
            self._show_error(error)

    @rx.event
    async def assign_section(self, listing_ids: list[str], section_id: str) -> None:
        """Put the selected listings into a section, or into none."""
        await identity.require_membership(self, Permission.LISTINGS)
        self._clear_messages()
        try:
            count = await sections.assign(self, _require_selection(listing_ids), section_id)
        except (ProductError, DatabaseUnavailable) as error:
            self._show_error(error)
            return
        self.flash = f"{editing_bulk_presenters.count_listings(count)} moved."

    @rx.event
    async def pin_selected(self, listing_ids: list[str], is_pinned: bool) -> None:
        """Pin the selected listings to the top of the shop's page, or unpin them."""
        await identity.require_membership(self, Permission.LISTINGS)
        self._clear_messages()
        try:
            await sections.pin(self, _require_selection(listing_ids), is_pinned=is_pinned is True)
        except (ProductError, DatabaseUnavailable) as error:
            self._show_error(error)
            return
        self.flash = "Pinned to the top of your shop's page." if is_pinned is True else "No longer pinned."

    @rx.event
    async def apply_preview(self) -> None:
        """Make the change that the preview shows."""
        await identity.require_membership(self, VIEW_PERMISSIONS)
        change = self._request
        self._clear_messages()
        if change is None:
            return
        try:
            await self._change(change)
        except (ProductError, DatabaseUnavailable) as error:
            self._show_error(error)

    @rx.event
    async def dismiss_preview(self) -> None:
        """Change nothing."""
        await identity.require_membership(self, VIEW_PERMISSIONS)
        self._clear_messages()

    @rx.event
    async def undo_change(self, change_id: str) -> None:
        """Undo a change of prices or stock."""
        membership = await identity.require_writing_membership(self, VIEW_PERMISSIONS)
        self._clear_messages()
        try:
            result = await db.write(
                bulk.undo,
                user_id=membership.user_id,
                shop=membership.slug,
                change_id=_parse_id(change_id),
                now=utc_now(),
            )
        except (ProductError, DatabaseUnavailable) as error:
            self._show_error(error)
            return
        self.flash = f"Undone for {editing_bulk_presenters.count_listings(result.changed)}."
        self.refused = editing_bulk_presenters.refused(result.refused)
        await self._read(membership)

    def _flash(self) -> dict[str, str]:
        return {"deleted": "The listing is deleted."}

    async def _show_preview(self, membership: Membership, change: BulkRequest) -> None:
        found = await db.read(bulk.preview, user_id=membership.user_id, shop=membership.slug, request=change)
        self.refused = editing_bulk_presenters.refused(found.refused)
        if not found.changed:
            self.error = "" if found.refused else "Nothing would change: these listings already have these values."
            return
        self._request, self._previews = change, self._previews + 1
        self.preview = editing_bulk_presenters.bulk_preview(found, change, key=str(self._previews))

    async def _change(self, change: BulkRequest) -> None:
        membership = await identity.require_writing_membership(self, VIEW_PERMISSIONS)
        result = await db.write(
            bulk.apply, user_id=membership.user_id, shop=membership.slug, request=change, now=utc_now()
        )
        self.flash = f"{editing_bulk_presenters.count_listings(result.changed)} {ACTION_RESULTS[change.action]}."
        self.refused = editing_bulk_presenters.refused(result.refused)
        await self._read(membership)

    def _clear_messages(self) -> None:
        self.error, self.refused, self.flash = "", [], ""
        self.preview, self._request = BulkPreviewView(), None

    def _show_error(self, error: ProductError | DatabaseUnavailable) -> None:
        self.error = str(error if isinstance(error, ProductError) else to_product_error(error))

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
        now = utc_now()
        latest = await db.read(queries.latest_undo, membership=membership, now=now)
        self._set_values(
            rows=editing_presenters.rows(page.items, base_url=base_url if can_edit else ""),
            can_edit=can_edit,
            sections=await sections.section_options(membership) if can_edit else [],
            filters=[
                StatusFilterView(
                    label, href(base_url, {"q": query_filter.q, "status": value}), value == params["status"]
                )
                for value, label in (
                    ("", "All"),
                    *((each.value, editing_presenters.STATUS_LABELS[each]) for each in Status),
                )
            ],
            undo_view=editing_bulk_presenters.undo(latest, now=now),
            q=query_filter.q,
            selected_status=params["status"],
            is_later_page=query_filter.cursor is not None,
            next_href=href(base_url, {**params, "cursor": page.next_cursor}) if page.next_cursor else "",
        )

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (shop_edits_tag(membership.shop_id),)


def _parse_bulk(action: str, listing_ids: list[str], amount: str) -> BulkRequest:
    """The bulk request from a browser's values; raises InvalidEdit."""
    _require_selection(listing_ids)
    typed = str(amount).strip().replace(",", ".").removesuffix("%").strip()
    try:
        values: dict[str, object] = {"action": action, "listing_ids": listing_ids}
        if action == BulkAction.PRICE:
            values["percent"] = Decimal(typed)
        if action == BulkAction.STOCK:
            values["quantity"] = int(typed)
        return BulkRequest.model_validate(values)
    except (InvalidOperation, ValueError):
        raise InvalidEdit(_HINTS.get(action, "This can't be done to these listings.")) from None


def _require_selection(listing_ids: list[str]) -> list[str]:
    if not listing_ids or not isinstance(listing_ids, list):
        raise InvalidEdit("Select at least one listing first.")
    if len(listing_ids) > MAX_ASSIGNED:
        raise InvalidEdit(f"Select up to {MAX_ASSIGNED} listings.")
    return listing_ids


def _parse_id(text: str) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise BulkChangeNotFound from None


_HINTS = {
    BulkAction.PRICE.value: "Enter a percentage from -90 to 500, such as -10. Nothing was changed.",
    BulkAction.STOCK.value: "Enter how many of each variant you have, such as 25. Nothing was changed.",
}
