"""A shop's imports: what their pages show. What they change goes through REST, as everybody else's changes do."""

from typing import Any
from uuid import UUID

import reflex as rx

from platform_app.domain.imports import queries as imports
from platform_app.domain.imports.errors import ImportNotFound
from platform_app.domain.imports.rules.runs import Outcome
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from state import address, import_views
from state.import_views import ColumnView, CountView, ImportView, RowView, RunView
from state.studio import Studio

SHOWN = 20


class ImportsState(Studio, rx.State):
    """All imports of a shop, and where the next one begins."""

    api: rx.Field[str] = rx.field("")
    base: rx.Field[str] = rx.field("")
    runs: rx.Field[list[RunView]] = rx.field(default_factory=list)
    is_older: rx.Field[bool] = rx.field(False)  # whether these are not the latest
    older_href: rx.Field[str] = rx.field("")

    def _needs(self) -> Permission:
        return Permission.IMPORTS

    def _news(self) -> dict[str, str]:
        return {"discarded": "The import is discarded. Nothing was changed."}

    def _tags(self, mine: Membership) -> tuple[str, ...]:
        return (f"shop-imports:{mine.shop_id}",)

    async def _read(self, mine: Membership) -> None:
        asked: dict[str, Any] = {"user_id": mine.user_id, "shop": mine.slug, "limit": SHOWN}
        cursor = address.of(self).query.get("cursor") or None
        try:
            found = await db.read(imports.runs, **asked, cursor=cursor)
        except InvalidCursor:  # made by hand, or of a shop that had another address
            cursor = None
            found = await db.read(imports.runs, **asked)
        base = f"/sell/{mine.slug}"
        older = address.href(f"{base}/imports", {"cursor": found.next_cursor}) if found.next_cursor else ""
        self._tell(
            api=f"/api/v1/shops/{mine.slug}",
            base=base,
            runs=import_views.listed(found.items, base=base, now=utc_now()),
            is_older=cursor is not None,
            older_href=older,
        )


class ImportState(Studio, rx.State):
    """One import, as far as it is."""

    shown: ImportView = ImportView()
    columns: rx.Field[list[ColumnView]] = rx.field(default_factory=list)
    counts: rx.Field[list[CountView]] = rx.field(default_factory=list)
    created: rx.Field[list[RowView]] = rx.field(default_factory=list)
    updated: rx.Field[list[RowView]] = rx.field(default_factory=list)
    refused: rx.Field[list[RowView]] = rx.field(default_factory=list)

    def _needs(self) -> Permission:
        return Permission.IMPORTS

    def _tags(self, mine: Membership) -> tuple[str, ...]:  # noqa: ARG002 - the id alone is known to nobody else
        return (f"import:{_asked(self)}",)

    async def _read(self, mine: Membership) -> None:
        run_id = _asked(self)
        try:
            run = await db.read(imports.of_shop, user_id=mine.user_id, shop=mine.slug, run_id=run_id)
        except ImportNotFound:
            self._tell(shown=ImportView(stage="missing"), columns=[], counts=[], created=[], updated=[], refused=[])
            return
        self._tell(
            shown=import_views.one(run, api=f"/api/v1/shops/{mine.slug}/imports/{run.id}"),
            columns=import_views.columns(run),
            counts=import_views.counts(run),
            created=import_views.rows(run, Outcome.CREATED),
            updated=import_views.rows(run, Outcome.UPDATED),
            refused=import_views.rows(run, Outcome.REFUSED),
        )


def _asked(state: rx.State) -> UUID:
    """The import that the address names; one that can be none is one that nobody has."""
    try:
        return UUID(address.of(state).slugs()[3])
    except (IndexError, ValueError):
        return UUID(int=0)
