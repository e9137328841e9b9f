"""The editor of a listing: whatever is written in it is kept at once, and never over what somebody else has written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import reflex as rx
from pydantic import ValidationError
from reflex.event import EventSpec

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import EditedElsewhere, InvalidEdit, ListingChanged
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import Content
from platform_app.domain.search.queries import habits
from platform_app.domain.shared.errors import Invalid, NotFound, RateLimited, told
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import cache, db
from platform_app.infra.db import DatabaseUnavailable
from state import address, editing_views, identity
from state.assigning import assign
from state.editing_views import (
    ChoiceView,
    GridRow,
    OptionEdit,
    PlaceView,
    PreviewView,
    PriceView,
    PropertyView,
    StepView,
    WrittenView,
)
from state.studio import Studio


class EditorState(Studio, rx.State):
    """The editor. `conflict` says that somebody else has changed the listing: then nothing more is kept of this tab."""

    name: rx.Field[str] = rx.field("")
    stage: rx.Field[str] = rx.field(
        ""
    )  # "", "draft", "published" or "archived"; "gone" where the shop has no such listing
    public: rx.Field[str] = rx.field("")
    has_changes: rx.Field[bool] = rx.field(False)
    kept: rx.Field[str] = rx.field("")
    conflict: rx.Field[str] = rx.field("")
    revision: rx.Field[int] = rx.field(0)  # how often all fields were filled anew
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    written: WrittenView = WrittenView()
    categories: rx.Field[list[ChoiceView]] = rx.field(default_factory=list)
    properties: rx.Field[list[PropertyView]] = rx.field(default_factory=list)
    options: rx.Field[list[OptionEdit]] = rx.field(default_factory=list)
    grid: rx.Field[list[GridRow]] = rx.field(default_factory=list)
    pictures: rx.Field[list[PlaceView]] = rx.field(default_factory=list)
    prices: rx.Field[list[PriceView]] = rx.field(default_factory=list)
    steps: rx.Field[list[StepView]] = rx.field(default_factory=list)
    preview: PreviewView = PreviewView()
    is_previewed: rx.Field[bool] = rx.field(False)
    _edit: Edit | None = None

    @rx.event
    async def set_text(self, revision: int, name: str, value: str) -> None:
        """A plain field as it is typed."""
        if name not in ("title", "description", "category", "condition", "tags"):
            raise InvalidEdit("There is no such field.")
        if name == "tags":
            said: object = [word for word in map(str.strip, str(value).split(",")) if word]
        else:
            said = (str(value) or None) if name == "category" else str(value)
        await self._step(name, lambda content: _with(content, name, said), revision=revision)
        if name == "category":
            await self._draw()

    @rx.event
    async def set_property(self, revision: int, name: str, value: str) -> None:
        """A property; an empty one is none."""
        await self._step("properties", lambda content: content.with_attribute(str(name), str(value)), revision=revision)

    @rx.event
    async def add_property(self, form: dict[str, str]) -> None:
        """A property that nobody proposed."""
        await self._step("properties", lambda each: each.with_attribute(str(form.get("name")), str(form.get("value"))))
        await self._draw()

    @rx.event
    async def add_option(self, form: dict[str, str]) -> None:
        """An option, such as a size."""
        await self._step("option", lambda content: content.with_option(str(form.get("name", ""))))
        await self._draw()

    @rx.event
    async def add_value(self, form: dict[str, str]) -> None:
        """A value of an option, which the form names by its place."""
        given = str(form.get("place", ""))
        place = int(given) if given.isascii() and given.isdigit() else -1
        await self._step(f"value.{place}", lambda content: content.with_value(place, str(form.get("value", ""))))
        await self._draw()

    @rx.event
    async def rename_value(self, place: int, old: str, new: str) -> None:
        """A value by another name."""
        await self._step(f"value.{place}", lambda content: content.renamed(place, old, new) if old != new else content)
        await self._draw()

    @rx.event
    async def remove_value(self, place: int, value: str) -> None:
        """Without a value, and without its variants."""
        await self._step(f"value.{place}", lambda content: content.without_value(place, value))
        await self._draw()

    @rx.event
    async def remove_option(self, place: int) -> None:
        """Without an option."""
        await self._step("option", lambda content: content.without_option(place))
        await self._draw()

    @rx.event
    async def set_cell(self, revision: int, place: int, name: str, value: str) -> None:
        """A cell of the grid as it is typed."""
        await self._step(
            f"variants.{place}.{name}", lambda content: content.with_cell(place, name, value), revision=revision
        )

    @rx.event
    async def offer(self, place: int, is_offered: bool) -> None:
        """Whether a combination can be had."""
        await self._step("variants", lambda content: content.with_cell(place, "is_offered", is_offered))
        await self._draw()

    @rx.event
    async def fill(self, form: dict[str, str]) -> None:
        """The same price or stock in every row."""
        name = str(form.get("name", ""))
        await self._step("variants", lambda content: content.with_all(name, str(form.get("value", ""))))
        self.revision += 1
        await self._draw()

    @rx.event
    async def add_upload(self, upload_id: str) -> None:
        """A picture that was sent and is being prepared."""
        await self._step("pictures", lambda content: content.with_upload(UUID(str(upload_id))))
        await self._draw()

    @rx.event
    async def move_picture(self, key: str, place: int) -> None:
        """A picture at another place."""
        await self._step("pictures", lambda content: content.with_moved(key, place))
        await self._draw()

    @rx.event
    async def describe_picture(self, revision: int, key: str, alt: str) -> None:
        """What a picture shows, in words."""
        await self._step("pictures", lambda content: content.with_alt(key, str(alt)), revision=revision)

    @rx.event
    async def remove_picture(self, key: str) -> None:
        """Without a picture."""
        await self._step("pictures", lambda content: content.without_picture(key))
        await self._draw()

    @rx.event
    async def save(self, status: str) -> None:
        """Make the listing what is written; `status` as well, unless it is empty."""
        mine = await identity.writing_member(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None or self.conflict or (status and status not in set(Status)):
            return
        wanted = Status(status) if status else None
        asked: dict[str, Any] = {
            "user_id": mine.user_id,
            "shop": mine.slug,
            "listing_id": edit.listing_id,
            "version": edit.version,
        }
        try:
            self._edit = await db.write(service.save, **asked, status=wanted, now=utc_now())
        except InvalidEdit as error:
            self.errors = dict(error.fields)
            return
        except (EditedElsewhere, ListingChanged) as error:
            self.conflict = str(error)
            return
        except DatabaseUnavailable as error:
            self.kept = str(told(error))
            return
        self.errors = {}
        self.kept = {"published": "It is for sale.", "draft": "It is taken down.", "archived": "It is archived."}.get(
            status, "Your changes are saved."
        )
        self.revision += 1
        await self._draw(mine)

    @rx.event
    async def reload(self) -> None:
        """Show what is there now, instead of what this tab has."""
        self.conflict, self.errors = "", {}
        self._edit = None
        await self._show()

    @rx.event
    async def discard(self) -> EventSpec | None:
        """Throw away what was not saved."""
        mine = await identity.writing_member(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None:
            return None
        asked: dict[str, Any] = {
            "user_id": mine.user_id,
            "shop": mine.slug,
            "listing_id": edit.listing_id,
            "version": edit.version,
        }
        try:
            await db.write(service.discard, **asked, now=utc_now())
        except EditedElsewhere as error:
            self.conflict = str(error)
            return None
        if edit.status is None:
            return rx.redirect(f"/sell/{mine.slug}/listings")
        self._edit = None
        await self._show()
        return None

    @rx.event
    async def keep_copy(self) -> EventSpec | None:
        """A new listing with what this tab has."""
        mine = await identity.writing_member(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None:
            return None
        asked: dict[str, Any] = {"user_id": mine.user_id, "shop": mine.slug, "listing_id": edit.listing_id}
        made = await db.write(service.copy, **asked, content=edit.content, now=utc_now())
        self._edit, self.conflict = None, ""
        return rx.redirect(f"/sell/{mine.slug}/listings/{made.listing_id}")

    @rx.event
    async def toggle_preview(self) -> None:
        """Show or hide how it will look."""
        await identity.selling(self, Permission.LISTINGS)
        self.is_previewed = not self.is_previewed
        if self._edit:
            self.preview = editing_views.preview(self._edit)

    def _needs(self) -> Permission:
        return Permission.LISTINGS

    async def _show(self) -> None:
        try:
            await super()._show()
        except ListingNotFound:  # whether another shop has it is not told
            self.reset()  # type: ignore[no-untyped-call]
            assign(self, status="ready", stage="gone", name="There is no such listing")

    def _tags(self, mine: Membership) -> tuple[str, ...]:
        return (f"edit:{_listing_id(self)}", f"shop-uploads:{mine.shop_id}", "categories")

    async def _read(self, mine: Membership) -> None:
        """What is there now; what this tab has is never replaced by what another has written."""
        listing_id = _listing_id(self)
        shown = self._edit if self._edit and self._edit.listing_id == listing_id else None
        found = await db.read(queries.edit, user_id=mine.user_id, shop=mine.slug, listing_id=listing_id)
        if shown and (found.version, found.base) != (shown.version, shown.base):
            self.conflict = self.conflict or EditedElsewhere.message
            return
        if shown is None:
            self.revision += 1
            self.conflict, self.errors, self.is_previewed, self.kept = "", {}, False, ""
        if not self.conflict:
            self.conflict = ListingChanged.message if found.is_stale else ""
        self._edit = found
        await self._draw(mine)

    async def _step(self, field: str, change: Callable[[Content], Content], *, revision: int | None = None) -> None:
        """Change what is written, and keep it at once; what cannot be kept stays in this tab."""
        await identity.selling(self, Permission.LISTINGS)
        edit = self._edit
        # What was typed a moment before all fields were filled anew was kept when its field was left.
        if edit is None or revision not in (None, self.revision):
            return
        try:
            content = change(edit.content)
        except Invalid as error:
            self.errors = {field: " ".join(error.fields.values()) or str(error)}
            return
        except (ValidationError, ValueError, TypeError):
            self.errors = {field: "This is too long, or not of the kind that is asked for here."}
            return
        if self.errors:
            self.errors = {name: said for name, said in self.errors.items() if name != field}
        if content != edit.content:
            self._edit = edit.model_copy(update={"content": content})
            if not self.conflict:
                await self._keep(self._edit)

    async def _keep(self, edit: Edit) -> None:
        try:
            mine = await identity.writing_member(self, Permission.LISTINGS)
            self._edit = await db.write(
                service.keep,
                user_id=mine.user_id,
                shop=mine.slug,
                listing_id=edit.listing_id,
                version=edit.version,
                base=edit.base,
                content=edit.content,
                now=utc_now(),
            )
        except EditedElsewhere as error:
            self.conflict = str(error)
        except NotFound:
            self.conflict = "This listing was deleted. Keep what you wrote as a new one, or load the page again."
        except RateLimited:
            self.kept = "Not kept yet: these are too many changes at once. Your next change tries again."
        except DatabaseUnavailable:
            self.kept = "Not kept yet: Plaza does not answer. Your next change tries again."
        else:
            assign(self, has_changes=True, kept="Kept as a draft")

    async def _draw(self, mine: Membership | None = None) -> None:
        """Show what is written; a field that is being typed in keeps what is in it, see `revision`."""
        edit = self._edit
        if edit is None:
            return
        content = edit.content
        tree = await cache.read(catalog.categories)
        usual = await cache.read(habits.in_category, category=content.category) if content.category else ()
        self._tell(
            name=content.title or "New listing",
            stage=edit.status.value if edit.status else "",
            has_changes=edit.is_pending,
            written=editing_views.written(edit),
            categories=editing_views.categories(tree),
            properties=editing_views.properties(content, usual),
            options=editing_views.options(content),
            grid=editing_views.grid(content),
            pictures=editing_views.places(edit),
            preview=editing_views.preview(edit) if self.is_previewed else self.preview,
        )
        if mine is None:
            return
        is_public = edit.status is Status.PUBLISHED and edit.slug
        self._tell(public=f"/shops/{mine.slug}/{edit.slug}" if is_public else "", prices=[], steps=[])
        if edit.status:
            asked: dict[str, Any] = {"user_id": mine.user_id, "shop": mine.slug, "listing_id": edit.listing_id}
            found = await db.read(queries.prices, **asked, now=utc_now())
            self._tell(prices=editing_views.prices(found), steps=editing_views.steps(found))


def _with(content: Content, name: str, said: object) -> Content:
    return Content.model_validate({**content.model_dump(), name: said})


def _listing_id(state: rx.State) -> UUID:
    """The listing of this tab's address, /sell/{shop}/listings/{id}."""
    try:
        return UUID(address.of(state).slugs()[-1])
    except (ValueError, IndexError):
        raise ListingNotFound from None
