"""What the pages of the seller studio share: whose shop it is, what may be done in it, and where to go."""

from dataclasses import dataclass

import reflex as rx

from platform_app.domain.editing.rules import SEES_LISTINGS
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.rules import Needs, Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra.db import DatabaseUnavailable
from state import address, identity, live
from state.assigning import assign
from state.keeping import Unwritten
from state.shell import show_menu

# Every page of the studio: its name, where it is below /sell/{shop}, its icon, and what it takes to see it.
PARTS: tuple[tuple[str, str, str, Needs], ...] = (
    ("Home", "", "house", None),
    ("Listings", "/listings", "tags", SEES_LISTINGS),
    ("Figures", "/figures", "chart-column", Permission.FIGURES),
    ("Imports", "/imports", "file-up", Permission.IMPORTS),
    ("Settings", "/settings", "sliders-horizontal", Permission.SHOP),
    ("Staff", "/staff", "users", Permission.STAFF),
)


@dataclass(frozen=True)
class PartView:
    """A page of the studio; `is_home` where everything else is below it."""

    label: str
    href: str
    icon: str
    is_home: bool


class StudioState(Unwritten, rx.State):
    """The studio's frame."""

    name: rx.Field[str] = rx.field("")
    base: rx.Field[str] = rx.field("")
    public: rx.Field[str] = rx.field("")
    parts: rx.Field[list[PartView]] = rx.field(default_factory=list)


class Studio(Unwritten, mixin=True):
    """A page of the studio; `status` is "", "ready", "missing", "forbidden" or "down", `news` what has just been done."""

    status: rx.Field[str] = rx.field("")
    news: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show it to whoever may see it; others sign in first, or learn that there is nothing."""
        await show_menu(self)
        news = self._news()
        self._tell(news=next((said for word, said in news.items() if word in address.of(self).query), ""))
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Something of the shop, or of who runs it, has changed."""
        await self._show()

    async def _show(self) -> None:
        try:
            mine = await identity.selling(self, self._needs())
            await show_studio(self, mine)
            # Before it is read, so that nothing changes unseen in between.
            live.watch(self, tags=(*tags(mine), *self._tags(mine)), refresh=type(self).refresh)
            await self._read(mine)
        except DatabaseUnavailable:
            self.status = "down"
            return
        except (ShopNotFound, NotPermitted) as refusal:
            await self._refuse(is_missing=isinstance(refusal, ShopNotFound))
            return
        assign(self, status="ready")

    async def _refuse(self, *, is_missing: bool) -> None:
        """Let go of what was shown, for it may not be seen any more; the frame stays for whoever may see another part."""
        self.reset()  # type: ignore[no-untyped-call]
        self.status = "missing" if is_missing else "forbidden"
        if is_missing:
            (await self.get_state(StudioState)).reset()  # type: ignore[no-untyped-call]
        else:
            await show_studio(self, await identity.selling(self))
        user = await identity.signed_in(self)
        live.watch(self, tags=(f"user:{user.user_id}",), refresh=type(self).refresh)

    def _tell(self, **values: object) -> None:
        """Give these variables these values; a state just made sends all, for the browser may still show an earlier one's."""
        if self.status:
            assign(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)

    def _needs(self) -> Needs:
        """What it takes to see the page."""
        return None

    def _tags(self, mine: Membership) -> tuple[str, ...]:  # noqa: ARG002 - for pages that show more than the shop
        """What else the page depends on."""
        return ()

    def _news(self) -> dict[str, str]:
        """What the page says first, by the word in its address that led there."""
        return {}

    async def _read(self, mine: Membership) -> None:
        raise NotImplementedError


def tags(mine: Membership) -> tuple[str, ...]:
    """What a page of this shop's studio depends on, and adds its own to."""
    return f"user:{mine.user_id}", f"shop-members:{mine.shop_id}", f"shop:{mine.slug}"


async def show_studio(state: rx.State, mine: Membership) -> None:
    """Put the shop's name, and the pages that may be seen, into the frame."""
    base = f"/sell/{mine.slug}"
    parts = [PartView(label, base + path, icon, not path) for label, path, icon, needs in PARTS if mine.may(needs)]
    frame = await state.get_state(StudioState)
    assign(frame, name=mine.name, base=base, public=f"/shops/{mine.slug}", parts=parts)
