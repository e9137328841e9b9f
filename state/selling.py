"""Selling: the shops somebody runs, opening one, and a shop's home, settings and people."""

import asyncio

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.media import queries as media
from platform_app.domain.media.rules import REFUSAL_TOLD
from platform_app.domain.shared.addresses import clean
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Face, Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import cache, db
from state import identity, selling_views
from state.accounts import Private
from state.assigning import assign
from state.selling_views import AddressView, FaceView, InvitationView, MemberView, MyShopView, ShopFieldsView, StepView
from state.studio import Studio

MAX_WANTED = 200


class MyShopsState(Private, rx.State):
    """The shops somebody runs, and is invited to."""

    shops: rx.Field[list[MyShopView]] = rx.field(default_factory=list)
    invited: rx.Field[list[InvitationView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        mine, invited = await asyncio.gather(
            cache.read(shops.memberships, user_id=user.user_id),
            db.read(shops.invited, user_id=user.user_id, now=utc_now()),
        )
        self._tell(shops=selling_views.my_shops(mine), invited=selling_views.invited(invited))


class OpeningState(Private, rx.State):
    """A shop that is about to be opened."""

    suggested: rx.Field[str] = rx.field("")
    address: AddressView = AddressView()
    is_chosen: rx.Field[bool] = rx.field(False)

    @rx.event
    async def suggest(self, text: str) -> None:
        """Suggest an address for a name, as long as nobody has chosen one."""
        await identity.signed_in(self)
        if self.is_chosen or not isinstance(text, str):
            return
        advice = await db.read(shops.slug_advice, wanted=_wanted(text))
        free = advice.slug if advice.is_free else advice.suggestion
        assign(self, suggested=free, address=selling_views.address(free, is_free=True) if free else AddressView())

    @rx.event
    async def choose(self, text: str) -> None:
        """Say whether an address can be had; an empty one leaves it to the name again."""
        await identity.signed_in(self)
        if not isinstance(text, str):
            return
        wanted = _wanted(text)
        advice = await db.read(shops.slug_advice, wanted=wanted)
        shown = selling_views.address(advice.slug, is_free=advice.is_free, instead=advice.suggestion)
        assign(self, is_chosen=bool(wanted), address=shown if wanted else AddressView())

    async def _read(self, user: Viewer) -> None:
        """The page itself shows nothing of anybody."""


class ShopHomeState(Studio, rx.State):
    """A shop's home: what is still to be done, and how it stands."""

    steps: rx.Field[list[StepView]] = rx.field(default_factory=list)
    published: rx.Field[int] = rx.field(0)
    drafts: rx.Field[int] = rx.field(0)
    archived: rx.Field[int] = rx.field(0)
    away: rx.Field[str] = rx.field("")

    def _news(self) -> dict[str, str]:
        return {
            "opened": "Your shop is open. A few steps, and it can sell.",
            "joined": "Welcome. You help run this shop now.",
        }

    async def _read(self, mine: Membership) -> None:
        shop, counts = await asyncio.gather(
            db.read(shops.by_id, shop_id=mine.shop_id), db.read(catalog.counts, shop_id=mine.shop_id)
        )
        self._tell(**selling_views.home(shop, counts, mine=mine))


class ShopSettingsState(Studio, rx.State):
    """What a shop says about itself."""

    fields: ShopFieldsView = ShopFieldsView()
    mark: FaceView = FaceView()
    cover: FaceView = FaceView()

    def _needs(self) -> Permission:
        return Permission.SHOP

    def _tags(self, mine: Membership) -> tuple[str, ...]:
        return (f"shop-uploads:{mine.shop_id}",)

    async def _read(self, mine: Membership) -> None:
        now = utc_now()
        shop, sent = await asyncio.gather(
            db.read(shops.by_id, shop_id=mine.shop_id),
            db.read(media.newest_faces, shop_id=mine.shop_id, since=now - REFUSAL_TOLD),
        )
        self._tell(
            fields=selling_views.fields(shop, today=now.date()),
            mark=selling_views.face(shop, Face.MARK, sent.get(Face.MARK)),
            cover=selling_views.face(shop, Face.COVER, sent.get(Face.COVER)),
        )


class StaffState(Studio, rx.State):
    """Who runs a shop, and who is invited to."""

    members: rx.Field[list[MemberView]] = rx.field(default_factory=list)
    waiting: rx.Field[list[InvitationView]] = rx.field(default_factory=list)
    grantable: rx.Field[list[str]] = rx.field(default_factory=list)
    invite_to: rx.Field[str] = rx.field("")

    def _needs(self) -> Permission:
        return Permission.STAFF

    async def _read(self, mine: Membership) -> None:
        people, waiting = await asyncio.gather(
            db.read(shops.members, shop_id=mine.shop_id),
            db.read(shops.invitations, shop_id=mine.shop_id, now=utc_now()),
        )
        self._tell(
            members=selling_views.members(people, mine=mine),
            waiting=selling_views.waiting(waiting, slug=mine.slug),
            grantable=[str(each) for each in mine.permissions],
            invite_to=f"/api/v1/shops/{mine.slug}/invitations",
        )


def _wanted(text: str) -> str:
    return clean(text)[:MAX_WANTED].strip()
