"""The seller's pages: their shops, opening a shop, and a shop's home, settings and staff."""

import asyncio

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.media import queries as media
from platform_app.domain.media.rules import REJECTION_SHOWN_FOR
from platform_app.domain.media.tags import shop_uploads_tag
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.query_strings import strip_control_characters
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import OwnersOnly
from platform_app.domain.shops.rules import MemberRole, Permission, ShopImage
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from state import shops_presenters
from state.accounts import PrivatePage
from state.core import identity
from state.core.set_if_changed import set_if_changed
from state.shops_presenters import (
    ChecklistItemView,
    ClosedShopView,
    InvitationView,
    MemberView,
    MyShopView,
    SelectOptionView,
    ShopFieldsView,
    ShopImageView,
    SlugAvailabilityView,
)
from state.studio import StudioPage

MAX_SLUG_INPUT = 200


class MyShopsState(PrivatePage, rx.State):
    """The user's shops and invitations."""

    shops: rx.Field[list[MyShopView]] = rx.field(default_factory=list)
    closed_shops: rx.Field[list[ClosedShopView]] = rx.field(default_factory=list)
    invitations: rx.Field[list[InvitationView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        memberships, closed_shops, invitations = await asyncio.gather(
            identity.memberships(user),
            db.read(shops.closed_shops, user_id=user.user_id),
            db.read(shops.received_invitations, user_id=user.user_id, now=utc_now()),
        )
        self._set_values(
            shops=shops_presenters.my_shops(memberships),
            closed_shops=shops_presenters.closed_shops(closed_shops),
            invitations=shops_presenters.received_invitations(invitations),
        )


class OpenShopState(PrivatePage, rx.State):
    """The form that opens a shop."""

    suggested_slug: rx.Field[str] = rx.field("")
    slug_availability: SlugAvailabilityView = SlugAvailabilityView()
    is_slug_edited: rx.Field[bool] = rx.field(False)

    @rx.event
    async def suggest_slug(self, text: str) -> None:
        """Suggest a slug for the name, unless the user has typed one."""
        await identity.require_user(self)
        if self.is_slug_edited or not isinstance(text, str):
            return
        advice = await db.read(shops.slug_availability, requested=_clean_slug(text))
        free_slug = advice.slug if advice.is_free else advice.suggestion
        set_if_changed(
            self,
            suggested_slug=free_slug,
            slug_availability=shops_presenters.slug_availability(free_slug, is_available=True)
            if free_slug
            else SlugAvailabilityView(),
        )

    @rx.event
    async def check_slug(self, text: str) -> None:
        """Show whether the slug is available; an empty one follows the name again."""
        await identity.require_user(self)
        if not isinstance(text, str):
            return
        requested = _clean_slug(text)
        advice = await db.read(shops.slug_availability, requested=requested)
        availability = shops_presenters.slug_availability(
            advice.slug, is_available=advice.is_free, alternative=advice.suggestion
        )
        set_if_changed(
            self,
            is_slug_edited=bool(requested),
            slug_availability=availability if requested else SlugAvailabilityView(),
        )

    async def _read(self, user: Viewer) -> None:
        """Read nothing: the page shows no data."""


class ShopHomeState(StudioPage, rx.State):
    """A shop's home in the studio: a checklist and the number of listings."""

    checklist: rx.Field[list[ChecklistItemView]] = rx.field(default_factory=list)
    published: rx.Field[int] = rx.field(0)
    drafts: rx.Field[int] = rx.field(0)
    archived: rx.Field[int] = rx.field(0)
    holiday_text: rx.Field[str] = rx.field("")

    def _flash(self) -> dict[str, str]:
        return {
            "opened": "Your shop is open. A few more steps, and it is ready to sell.",
            "reopened": "Your shop is open again. Its listings return to search within a few minutes.",
            "joined": "Welcome! You can now help to run this shop.",
        }

    async def _read(self, membership: Membership) -> None:
        shop, counts = await asyncio.gather(
            db.read(shops.by_id, shop_id=membership.shop_id), db.read(catalog.status_counts, shop_id=membership.shop_id)
        )
        self._set_values(**shops_presenters.home(shop, counts, membership=membership))


class ShopSettingsState(StudioPage, rx.State):
    """A shop's settings."""

    fields: ShopFieldsView = ShopFieldsView()
    logo: ShopImageView = ShopImageView()
    banner: ShopImageView = ShopImageView()

    def _permission(self) -> Permission:
        return Permission.SHOP

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (shop_uploads_tag(membership.shop_id),)

    async def _read(self, membership: Membership) -> None:
        now = utc_now()
        shop, uploads = await asyncio.gather(
            db.read(shops.by_id, shop_id=membership.shop_id),
            db.read(media.latest_branding_uploads, shop_id=membership.shop_id, since=now - REJECTION_SHOWN_FOR),
        )
        self._set_values(
            fields=shops_presenters.settings_fields(shop, membership=membership, today=now.date()),
            logo=shops_presenters.shop_image(shop, ShopImage.LOGO, uploads.get(ShopImage.LOGO)),
            banner=shops_presenters.shop_image(shop, ShopImage.BANNER, uploads.get(ShopImage.BANNER)),
        )


class CloseShopState(StudioPage, rx.State):
    """The page that closes a shop, for its owners."""

    name: rx.Field[str] = rx.field("")
    public_path: rx.Field[str] = rx.field("")
    api_url: rx.Field[str] = rx.field("")
    last_day: rx.Field[str] = rx.field("")
    has_totp: rx.Field[bool] = rx.field(False)

    async def _read(self, membership: Membership) -> None:
        if membership.role is not MemberRole.OWNER:
            raise OwnersOnly
        user = await identity.require_user(self)
        self._set_values(
            name=membership.name,
            public_path=f"/shops/{membership.slug}",
            api_url=f"/api/v1/shops/{membership.slug}/closing",
            last_day=shops_presenters.last_day_to_reopen(utc_now()),
            has_totp=user.has_totp,
        )


class StaffState(StudioPage, rx.State):
    """A shop's members and invitations."""

    members: rx.Field[list[MemberView]] = rx.field(default_factory=list)
    invitations: rx.Field[list[InvitationView]] = rx.field(default_factory=list)
    grantable_permissions: rx.Field[list[str]] = rx.field(default_factory=list)
    invite_url: rx.Field[str] = rx.field("")
    is_owner: rx.Field[bool] = rx.field(False)
    has_totp: rx.Field[bool] = rx.field(False)
    next_owners: rx.Field[list[SelectOptionView]] = rx.field(default_factory=list)
    owners_url: rx.Field[str] = rx.field("")

    def _permission(self) -> Permission:
        return Permission.STAFF

    def _flash(self) -> dict[str, str]:
        return {"transferred": "The shop has a new owner. We've told both of you by e-mail."}

    async def _read(self, membership: Membership) -> None:
        members, invitations, user = await asyncio.gather(
            db.read(shops.members, shop_id=membership.shop_id),
            db.read(shops.invitations, shop_id=membership.shop_id, now=utc_now()),
            identity.require_user(self),
        )
        self._set_values(
            members=shops_presenters.members(members, membership=membership),
            invitations=shops_presenters.sent_invitations(invitations, slug=membership.slug),
            grantable_permissions=[str(each) for each in membership.permissions],
            invite_url=f"/api/v1/shops/{membership.slug}/invitations",
            is_owner=membership.role is MemberRole.OWNER,
            has_totp=user.has_totp,
            next_owners=shops_presenters.next_owners(members),
            owners_url=f"/api/v1/shops/{membership.slug}/owners",
        )


def _clean_slug(text: str) -> str:
    return strip_control_characters(text)[:MAX_SLUG_INPUT].strip()
