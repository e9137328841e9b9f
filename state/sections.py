"""A shop's sections and pinned listings in the studio, and a listing's section in the editor."""

from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from platform_app.domain.sections import queries, service
from platform_app.domain.sections.errors import SectionNotFound
from platform_app.domain.sections.schemas import SectionList
from platform_app.domain.sections.tags import sections_tag
from platform_app.domain.shared.errors import ProductError
from platform_app.domain.shops.rules import Permission, RequiredPermission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import layout
from state.core import identity
from state.core.state_manager import EphemeralState
from state.editing_presenters import SelectOptionView
from state.studio import StudioPage


@dataclass(frozen=True)
class SectionRowView:
    """A section in the studio; `api_url` changes it, `version` is the version that is shown."""

    id: str
    title: str
    listings: str
    api_url: str
    version: int


@dataclass(frozen=True)
class PinnedRowView:
    """A pinned listing in the studio."""

    id: str
    title: str


class SectionsState(StudioPage, rx.State):
    """A shop's sections and pinned listings."""

    sections: rx.Field[list[SectionRowView]] = rx.field(default_factory=list)
    pinned: rx.Field[list[PinnedRowView]] = rx.field(default_factory=list)
    add_url: rx.Field[str] = rx.field("")
    _version: int = 0

    @rx.event
    async def move(self, section_id: str, step: int) -> None:
        """Move a section up or down."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        ids = [each.id for each in self.sections]
        if section_id not in ids or step not in (-1, 1):
            return
        await self._change(
            membership,
            db.write(
                service.change,
                user_id=membership.user_id,
                shop=membership.slug,
                section_id=UUID(section_id),
                position=max(0, ids.index(section_id) + step),
                version=self._version,
            ),
        )

    @rx.event
    async def remove(self, section_id: str) -> None:
        """Delete a section; its listings stay."""
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        if section_id not in [each.id for each in self.sections]:
            return
        await self._change(
            membership,
            db.write(
                service.remove,
                user_id=membership.user_id,
                shop=membership.slug,
                section_id=UUID(section_id),
                version=self._version,
            ),
        )

    @rx.event
    async def move_pinned(self, listing_id: str, step: int) -> None:
        """Move a pinned listing up or down."""
        ids = [each.id for each in self.pinned]
        if listing_id in ids and step in (-1, 1):
            position = max(0, ids.index(listing_id) + step)
            ids.remove(listing_id)
            ids.insert(position, listing_id)
        await self._set_pinned(ids)

    @rx.event
    async def unpin(self, listing_id: str) -> None:
        """Pin a listing no longer."""
        await self._set_pinned([each.id for each in self.pinned if each.id != listing_id])

    async def _set_pinned(self, listing_ids: list[str]) -> None:
        membership = await identity.require_writing_membership(self, Permission.LISTINGS)
        change = db.write(
            service.set_pinned,
            user_id=membership.user_id,
            shop=membership.slug,
            listing_ids=[UUID(each) for each in listing_ids],
            version=self._version,
        )
        await self._change(membership, change)

    async def _change(self, membership: Membership, change: Awaitable[SectionList]) -> None:
        """Show what the change returns; after a refusal, the sections as they are now."""
        try:
            self._show_list(membership, await change)
        except (ProductError, DatabaseUnavailable) as error:
            await layout.show_refusal(self, error)
            await self._show()

    def _permission(self) -> RequiredPermission:
        return Permission.LISTINGS

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (sections_tag(membership.slug),)

    async def _read(self, membership: Membership) -> None:
        found = await db.read(queries.section_list, user_id=membership.user_id, shop=membership.slug)
        self._show_list(membership, found)

    def _show_list(self, membership: Membership, found: SectionList) -> None:
        url = f"/api/v1/shops/{membership.slug}/sections"
        self._set_values(
            sections=[
                SectionRowView(
                    id=str(each.id),
                    title=each.title,
                    listings="1 listing" if each.listings == 1 else f"{each.listings:,} listings",
                    api_url=f"{url}/{each.id}",
                    version=found.version,
                )
                for each in found.sections
            ],
            pinned=[PinnedRowView(str(each.listing_id), each.title) for each in found.pinned],
            add_url=url,
            _version=found.version,
        )


class ListingSectionState(EphemeralState, rx.State):
    """The section of the listing in the editor; it applies at once, also to a listing for sale."""

    listing_id: rx.Field[str] = rx.field("")
    options: rx.Field[list[SelectOptionView]] = rx.field(default_factory=list)
    selected: rx.Field[str] = rx.field("")

    @rx.event
    async def choose(self, section_id: str) -> None:
        """Put the listing into this section, or into none."""
        await identity.require_membership(self, Permission.LISTINGS)
        try:
            await assign(self, [self.listing_id], section_id)
        except (ProductError, DatabaseUnavailable) as error:
            await layout.show_refusal(self, error)
            return
        self.selected = section_id


async def update_listing_section(state: rx.State, membership: Membership, listing_id: UUID) -> None:
    """Fill the editor's field for a listing of this shop."""
    user_id, shop = membership.user_id, membership.slug
    field = await state.get_state(ListingSectionState)
    selected = await db.read(queries.section_of_listing, user_id=user_id, shop=shop, listing_id=listing_id)
    field.options = await section_options(membership)
    field.listing_id, field.selected = str(listing_id), str(selected or "")


async def section_options(membership: Membership) -> list[SelectOptionView]:
    """The shop's sections to choose from."""
    found = await db.read(queries.section_list, user_id=membership.user_id, shop=membership.slug)
    return [SelectOptionView(str(each.id), each.title) for each in found.sections]


async def assign(state: rx.State, listing_ids: list[str], section_id: str) -> int:
    """Put listings into a section, or into none, as a browser names them; return how many. SectionNotFound."""
    membership = await identity.require_writing_membership(state, Permission.LISTINGS)
    try:
        ids, section = [UUID(str(each)) for each in listing_ids], UUID(section_id) if section_id else None
    except ValueError:
        raise SectionNotFound from None
    return await db.write(
        service.assign, user_id=membership.user_id, shop=membership.slug, listing_ids=ids, section_id=section
    )


async def pin(state: rx.State, listing_ids: list[str], *, is_pinned: bool) -> None:
    """Pin or unpin listings, as a browser names them; ids of no listing are ignored."""
    membership = await identity.require_writing_membership(state, Permission.LISTINGS)
    await db.write(
        service.pin,
        user_id=membership.user_id,
        shop=membership.slug,
        listing_ids=[UUID(each) for each in listing_ids if _is_id(each)],
        is_pinned=is_pinned,
    )


def _is_id(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
