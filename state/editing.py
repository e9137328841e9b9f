"""The editor of a listing: saves changes at once as a draft, and never overwrites the changes of another tab."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import reflex as rx
from anyio import to_thread
from pydantic import ValidationError

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.tags import CATEGORIES
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import EditedElsewhere, InvalidEdit, ListingChanged
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import listing_builder
from platform_app.domain.editing.tags import edit_tag
from platform_app.domain.media.tags import shop_uploads_tag
from platform_app.domain.search.queries import common_attributes
from platform_app.domain.shared.errors import Invalid, NotFound, RateLimited, to_product_error
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import cache, db
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import settings
from state import editing_presenters
from state.core import browser, identity, page_url
from state.core.set_if_changed import set_if_changed
from state.editing_problems import ProblemsPage
from state.sections import update_listing_section

MAX_SEQUENCES = 100  # texts that are remembered, so that none is applied twice
MAX_SEQUENCE = 2**53  # the greatest whole number of browsers
NOT_SAVED = "Not saved yet"


class EditorState(ProblemsPage, rx.State):
    """The editor. While `conflict` says that the listing was changed elsewhere, this tab's changes are not saved."""

    name: rx.Field[str] = rx.field("")
    stage: rx.Field[str] = rx.field("")  # "draft", "published", "archived"; "gone" if the shop has no such listing
    public_url: rx.Field[str] = rx.field("")
    url_prefix: rx.Field[str] = rx.field("")  # of all listings of the shop
    web_address: rx.Field[str] = rx.field("")  # the slug once the edit is saved, empty if it has to be chosen
    has_changes: rx.Field[bool] = rx.field(False)
    save_status: rx.Field[str] = rx.field("")
    conflict: rx.Field[str] = rx.field("")
    revision: rx.Field[int] = rx.field(0)  # counts how often all fields were filled again
    acknowledged: rx.Field[list[int]] = rx.field(default_factory=list)  # numbers of the texts that were saved last
    basic_fields: editing_presenters.BasicFieldsView = editing_presenters.BasicFieldsView()
    categories: rx.Field[list[editing_presenters.SelectOptionView]] = rx.field(default_factory=list)
    properties: rx.Field[list[editing_presenters.PropertyView]] = rx.field(default_factory=list)
    options: rx.Field[list[editing_presenters.OptionEditView]] = rx.field(default_factory=list)
    picture_options: rx.Field[list[editing_presenters.SelectOptionView]] = rx.field(default_factory=list)
    variant_rows: rx.Field[list[editing_presenters.VariantRowView]] = rx.field(default_factory=list)
    pictures: rx.Field[list[editing_presenters.EditorPictureView]] = rx.field(default_factory=list)
    prices: rx.Field[list[editing_presenters.PriceView]] = rx.field(default_factory=list)
    price_changes: rx.Field[list[editing_presenters.PriceChangeView]] = rx.field(default_factory=list)
    limits_text: rx.Field[str] = rx.field("")
    _edit: Edit | None = None
    _applied: tuple[int, ...] = ()  # numbers of the texts that were applied last
    _unsaved: tuple[int, ...] = ()  # those of them that were not saved yet
    _refused_status: Status | None = None  # which the last save would have set

    @rx.event
    async def set_field(self, sequence: int, name: str, value: str) -> None:
        """Set a plain field while it is typed."""
        await self._apply(str(name), lambda content: content.with_field(name, str(value)), sequence=sequence)
        if name == "category":
            await self._present()
        if name in ("title", "slug") and self._edit:
            set_if_changed(self, web_address=self._edit.web_address)

    @rx.event
    async def set_property(self, sequence: int, name: str, value: str) -> None:
        """Set a property; an empty value removes it."""
        await self._apply(
            "properties", lambda content: content.with_attribute(str(name), str(value)), sequence=sequence
        )

    @rx.event
    async def add_property(self, form: dict[str, str]) -> None:
        """Add a property that was not suggested."""
        await self._apply("properties", lambda each: each.with_attribute(str(form.get("name")), str(form.get("value"))))
        await self._present()

    @rx.event
    async def add_option(self, form: dict[str, str]) -> None:
        """Add an option, such as a size."""
        await self._apply("option", lambda content: content.with_option(str(form.get("name", ""))))
        await self._present()

    @rx.event
    async def add_value(self, form: dict[str, str]) -> None:
        """Add a value to an option, which the form names by its index."""
        raw_index = str(form.get("index", ""))
        index = int(raw_index) if raw_index.isascii() and raw_index.isdigit() else -1
        await self._apply(f"value.{index}", lambda content: content.with_value(index, str(form.get("value", ""))))
        await self._present()

    @rx.event
    async def rename_value(self, sequence: int, index: int, old: str, new: str) -> None:
        """Rename a value of an option."""
        await self._apply(
            f"value.{index}",
            lambda content: content.with_renamed_value(index, old, new) if old != new else content,
            sequence=sequence,
        )
        await self._present()

    @rx.event
    async def remove_value(self, index: int, value: str) -> None:
        """Remove a value and its variants."""
        await self._apply(f"value.{index}", lambda content: content.without_value(index, value))
        await self._present()

    @rx.event
    async def remove_option(self, index: int) -> None:
        """Remove an option."""
        await self._apply("option", lambda content: content.without_option(index))
        await self._present()

    @rx.event
    async def set_cell(self, sequence: int, index: int, name: str, value: str) -> None:
        """Set a cell of the grid while it is typed."""
        await self._apply(
            f"variants.{index}.{name}", lambda content: content.with_cell(index, name, value), sequence=sequence
        )

    @rx.event
    async def set_offered(self, index: int, is_offered: bool) -> None:
        """Set whether a variant is offered."""
        await self._apply("variants", lambda content: content.with_cell(index, "is_offered", is_offered))
        await self._present()

    @rx.event
    async def fill_column(self, form: dict[str, str]) -> None:
        """Set the same price or stock in every row."""
        name = str(form.get("name", ""))
        await self._apply("variants", lambda content: content.with_all_cells(name, str(form.get("value", ""))))
        self.revision += 1
        await self._present()

    @rx.event
    async def add_upload(self, upload_id: str) -> None:
        """Add an uploaded picture, which is still being processed."""
        await self._apply("pictures", lambda content: content.with_upload(UUID(str(upload_id))))
        await self._present()

    @rx.event
    async def move_picture(self, key: str, index: int) -> None:
        """Move a picture to another index."""
        await self._apply("pictures", lambda content: content.with_moved_picture(key, index))
        await self._present()

    @rx.event
    async def set_picture_alt(self, sequence: int, key: str, alt: str) -> None:
        """Set a picture's alt text."""
        await self._apply("pictures", lambda content: content.with_alt(key, str(alt)), sequence=sequence)

    @rx.event
    async def remove_picture(self, key: str) -> None:
        """Remove a picture."""
        await self._apply("pictures", lambda content: content.without_picture(key))
        await self._present()

    @rx.event
    async def save(self, status: str) -> None:
        """Save the edit to the listing; also set `status`, unless it is empty."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None or self.conflict or (status and status not in set(Status)):
            return
        new_status = Status(status) if status else None
        params = _params(membership, edit)
        try:
            self._edit = await db.write(
                service.publish, **params, version=edit.version, status=new_status, now=utc_now()
            )
        except InvalidEdit as error:
            self._refused_status = new_status
            self._refuse(error.fields, edit.content)
            return
        except (EditedElsewhere, ListingChanged) as error:
            self.conflict = str(error)
            return
        except DatabaseUnavailable as error:
            self.save_status = str(to_product_error(error))
            return
        self._clear_problems()
        self.save_status = {
            "published": "This listing is for sale.",
            "draft": "This listing is no longer for sale.",
            "archived": "This listing is archived.",
        }.get(status, "Your changes are saved.")
        self.revision += 1
        await self._present(membership)

    @rx.event
    async def reload(self) -> None:
        """Load the current version and drop this tab's changes."""
        self._edit, self.conflict = None, ""
        await self._show()

    @rx.event
    async def discard(self) -> browser.BoundEvent | None:
        """Discard the changes that are not saved."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None:
            return None
        params = _params(membership, edit)
        try:
            await db.write(service.discard_draft, **params, version=edit.version, now=utc_now())
        except EditedElsewhere as error:
            self.conflict = str(error)
            return None
        if edit.status is None:
            return rx.redirect(f"/sell/{membership.slug}/listings")
        self._edit = None
        await self._show()
        return None

    @rx.event
    async def save_as_copy(self) -> browser.BoundEvent | None:
        """Create a new listing with this tab's content."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None:
            return None
        params = _params(membership, edit)
        copy = await db.write(service.duplicate, **params, content=edit.content, now=utc_now())
        self._edit, self.conflict = None, ""
        return rx.redirect(f"/sell/{membership.slug}/listings/{copy.listing_id}")

    def _permission(self) -> Permission:
        return Permission.LISTINGS

    async def _show(self) -> None:
        try:
            await super()._show()
        except ListingNotFound:  # do not reveal whether another shop has it
            self.reset()  # type: ignore[no-untyped-call]
            set_if_changed(self, status="ready", stage="gone", name="We can't find this listing")

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (edit_tag(_listing_id(self)), shop_uploads_tag(membership.shop_id), CATEGORIES)

    async def _read(self, membership: Membership) -> None:
        """Load the listing's edit; changes of another tab become a conflict and never replace this tab's content."""
        listing_id = _listing_id(self)
        await update_listing_section(self, membership, listing_id)
        current = self._edit if self._edit and self._edit.listing_id == listing_id else None
        found = await db.read(queries.edit, user_id=membership.user_id, shop=membership.slug, listing_id=listing_id)
        if current and (found.version, found.base) != (current.version, current.base):
            self.conflict = self.conflict or EditedElsewhere.message
            return
        if current is None:
            self.revision += 1
            self._clear_problems()
            self.conflict, self.save_status = "", ""
        if not self.conflict:
            self.conflict = ListingChanged.message if found.is_stale else ""
        self._edit = found
        await self._present(membership)

    async def _apply(
        self, field: str, change: Callable[[ListingContent], ListingContent], *, sequence: int | None = None
    ) -> None:
        """Change the content and save the draft at once; if that fails, the change stays in this tab.

        `sequence` is the number of a typed text. The same text comes when the seller pauses, and when its field loses the
        focus; it is applied once, and acknowledged when it is saved. Number 0 is a field in which nothing was typed.
        """
        await identity.require_membership(self, Permission.LISTINGS)
        edit = self._edit
        if edit is None or not self._is_new(sequence):
            return
        try:
            content = await to_thread.run_sync(change, edit.content)  # hundreds of variants would hold up other tabs
        except Invalid as error:
            self._show_problems({field: " ".join(error.fields.values()) or str(error)}, edit.content)
            return
        except (ValidationError, ValueError, TypeError):
            self._show_problems({field: "This is too long or not a valid value."}, edit.content)
            return
        if sequence:
            self._applied = (*self._applied[-MAX_SEQUENCES:], sequence)
            self._unsaved = (*self._unsaved[-MAX_SEQUENCES:], sequence)
        if content != edit.content:
            self._edit = edit.model_copy(update={"content": content})
            if not self.conflict:
                await self._save_draft(self._edit)
        elif not self.conflict and not self.save_status.startswith(NOT_SAVED):
            self._acknowledge()
        if self.errors or self.is_refused:
            await self._check(self._edit or edit, mended=field)

    async def _check(self, edit: Edit, *, mended: str) -> None:
        """Drop the problems that are mended: after a refused save, show exactly those that are left."""
        if not self.is_refused:
            rest = {name: message for name, message in self.errors.items() if name != mended}
            self._show_problems(rest, edit.content)
            return
        membership = await identity.require_membership(self, Permission.LISTINGS)
        with suppress(DatabaseUnavailable):  # then the next change checks again
            params, status = _params(membership, edit), self._refused_status
            found = await db.read(listing_builder.problems, **params, content=edit.content, status=status)
            self._show_problems(found, edit.content)

    def _is_new(self, sequence: int | None) -> bool:
        return sequence is None or (
            isinstance(sequence, int) and 0 < sequence < MAX_SEQUENCE and sequence not in self._applied
        )

    def _acknowledge(self) -> None:
        """Tell the browser which texts are saved."""
        if self._unsaved:
            self.acknowledged, self._unsaved = list(self._unsaved), ()

    async def _save_draft(self, edit: Edit) -> None:
        try:
            membership = await identity.require_writing_membership(self, Permission.LISTINGS)
            self._edit = await db.write(
                service.save_draft,
                **_params(membership, edit),
                version=edit.version,
                base=edit.base,
                content=edit.content,
                now=utc_now(),
            )
        except EditedElsewhere as error:
            self.conflict = str(error)
        except NotFound:
            self.conflict = "This listing was deleted. Keep yours as a copy, or reload the page."
        except RateLimited:
            self.save_status = f"{NOT_SAVED}: too many changes at once. We'll try again with your next change."
        except DatabaseUnavailable:
            self.save_status = f"{NOT_SAVED}: Plaza isn't responding. We'll try again with your next change."
        else:
            set_if_changed(self, has_changes=True, save_status="Draft saved")
            self._acknowledge()

    async def _present(self, membership: Membership | None = None) -> None:
        """Show the content; fields keep their text until `revision` changes."""
        edit = self._edit
        if edit is None:
            return
        content = edit.content
        tree = await cache.read(catalog.categories)
        suggested = (
            await cache.read(common_attributes.in_category, category=content.category) if content.category else ()
        )
        self._set_values(**await to_thread.run_sync(editing_presenters.editor_values, edit, tree, suggested))
        if membership is None:
            return
        is_public, path = edit.status is Status.PUBLISHED and edit.slug, f"/shops/{membership.slug}/"
        prefix = settings().public_url.rstrip("/") + path
        public_url = f"{path}{edit.slug}" if is_public else ""
        self._set_values(public_url=public_url, url_prefix=prefix, prices=[], price_changes=[])
        if edit.status:
            found = await db.read(queries.prices, **_params(membership, edit), now=utc_now())
            self._set_values(
                prices=editing_presenters.prices(found), price_changes=editing_presenters.price_changes(found)
            )


def _params(membership: Membership, edit: Edit) -> dict[str, Any]:
    """Whose listing a command is about, and who asks."""
    return {"user_id": membership.user_id, "shop": membership.slug, "listing_id": edit.listing_id}


def _listing_id(state: rx.State) -> UUID:
    """The listing of this tab's URL, /sell/{shop}/listings/{id}; raises ListingNotFound."""
    try:
        return UUID(page_url.current(state).path_segments()[-1])
    except (ValueError, IndexError):
        raise ListingNotFound from None
