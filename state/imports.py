"""What the import pages show. Their changes go through the REST API."""

from typing import Any
from uuid import UUID

import reflex as rx

from platform_app.domain.imports import queries as imports
from platform_app.domain.imports.errors import ImportNotFound
from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.tags import import_tag, shop_imports_tag
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from state import imports_presenters
from state.core import page_url
from state.imports_presenters import ColumnView, CountView, ImportRowView, ImportView, PreviewRowView
from state.studio import StudioPage

PAGE_SIZE = 20


class ImportsState(StudioPage, rx.State):
    """A shop's imports, and the form for a new one."""

    api_url: rx.Field[str] = rx.field("")
    base_url: rx.Field[str] = rx.field("")
    runs: rx.Field[list[ImportRowView]] = rx.field(default_factory=list)
    is_older_page: rx.Field[bool] = rx.field(False)  # whether these are not the latest imports
    older_href: rx.Field[str] = rx.field("")

    def _permission(self) -> Permission:
        return Permission.IMPORTS

    def _flash(self) -> dict[str, str]:
        return {"discarded": "The import was discarded. Nothing was changed."}

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (shop_imports_tag(membership.shop_id),)

    async def _read(self, membership: Membership) -> None:
        params: dict[str, Any] = {"user_id": membership.user_id, "shop": membership.slug, "limit": PAGE_SIZE}
        cursor = page_url.current(self).query.get("cursor") or None
        try:
            found = await db.read(imports.shop_runs, **params, cursor=cursor)
        except InvalidCursor:  # edited by hand, or from before the shop's slug changed
            cursor = None
            found = await db.read(imports.shop_runs, **params)
        base_url = f"/sell/{membership.slug}"
        older = href(f"{base_url}/imports", {"cursor": found.next_cursor}) if found.next_cursor else ""
        self._set_values(
            api_url=f"/api/v1/shops/{membership.slug}",
            base_url=base_url,
            runs=imports_presenters.import_rows(found.items, base_url=base_url, now=utc_now()),
            is_older_page=cursor is not None,
            older_href=older,
        )


class ImportState(StudioPage, rx.State):
    """An import and its progress."""

    details: ImportView = ImportView()
    columns: rx.Field[list[ColumnView]] = rx.field(default_factory=list)
    counts: rx.Field[list[CountView]] = rx.field(default_factory=list)
    created: rx.Field[list[PreviewRowView]] = rx.field(default_factory=list)
    updated: rx.Field[list[PreviewRowView]] = rx.field(default_factory=list)
    refused: rx.Field[list[PreviewRowView]] = rx.field(default_factory=list)

    def _permission(self) -> Permission:
        return Permission.IMPORTS

    def _tags(self, membership: Membership) -> tuple[str, ...]:  # noqa: ARG002 - other shops do not know the id
        return (import_tag(_run_id(self)),)

    async def _read(self, membership: Membership) -> None:
        run_id = _run_id(self)
        try:
            run = await db.read(imports.shop_run, user_id=membership.user_id, shop=membership.slug, run_id=run_id)
        except ImportNotFound:
            self._set_values(
                details=ImportView(stage="missing"), columns=[], counts=[], created=[], updated=[], refused=[]
            )
            return
        self._set_values(
            details=imports_presenters.import_details(run, api_url=f"/api/v1/shops/{membership.slug}/imports/{run.id}"),
            columns=imports_presenters.columns(run),
            counts=imports_presenters.counts(run),
            created=imports_presenters.preview_rows(run, Outcome.CREATED),
            updated=imports_presenters.preview_rows(run, Outcome.UPDATED),
            refused=imports_presenters.preview_rows(run, Outcome.REFUSED),
        )


def _run_id(state: rx.State) -> UUID:
    """The id of the import in the URL; the nil UUID, which no import has, if it is malformed."""
    try:
        return UUID(page_url.current(state).path_segments()[3])
    except (IndexError, ValueError):
        return UUID(int=0)
