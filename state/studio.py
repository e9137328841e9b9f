"""What the pages of the seller studio share: whose shop it is, what may be done in it, and where to go."""

from dataclasses import dataclass

import reflex as rx

from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.editing.rules import VIEW_PERMISSIONS
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.rules import Permission, RequiredPermission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.tags import shop_members_tag, shop_tag
from platform_app.infra.db import DatabaseUnavailable
from state.core import identity, live_updates, page_url
from state.core.set_if_changed import set_if_changed
from state.core.state_manager import EphemeralState
from state.layout import update_layout

# Every page of the studio: its name, where it is below /sell/{shop}, its icon, and what it takes to see it.
NAVIGATION: tuple[tuple[str, str, str, RequiredPermission], ...] = (
    ("Home", "", "house", None),
    ("Listings", "/listings", "tags", VIEW_PERMISSIONS),
    ("Figures", "/figures", "chart-column", Permission.STATS),
    ("Imports", "/imports", "file-up", Permission.IMPORTS),
    ("Settings", "/settings", "sliders-horizontal", Permission.SHOP),
    ("Staff", "/staff", "users", Permission.STAFF),
)


@dataclass(frozen=True)
class NavigationItemView:
    """A page of the studio; `is_home` where everything else is below it."""

    label: str
    href: str
    icon: str
    is_home: bool


class StudioState(EphemeralState, rx.State):
    """The studio's frame."""

    name: rx.Field[str] = rx.field("")
    base_url: rx.Field[str] = rx.field("")
    public_url: rx.Field[str] = rx.field("")
    navigation: rx.Field[list[NavigationItemView]] = rx.field(default_factory=list)


class StudioPage(EphemeralState, mixin=True):
    """A page of the studio; `status` is "", "ready", "missing", "forbidden" or "down", `flash` what has just been done."""

    status: rx.Field[str] = rx.field("")
    flash: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show it to whoever may see it; others sign in first, or learn that there is nothing."""
        await update_layout(self)
        messages = self._flash()
        self._set_values(
            flash=next((message for param, message in messages.items() if param in page_url.current(self).query), "")
        )
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Something of the shop, or of who runs it, has changed."""
        await self._show()

    async def _show(self) -> None:
        try:
            membership = await identity.require_membership(self, self._permission())
            await update_studio_layout(self, membership)
            # Before it is read, so that nothing changes unseen in between.
            live_updates.subscribe(
                self, tags=(*shop_tags(membership), *self._tags(membership)), refresh=type(self).refresh
            )
            await self._read(membership)
        except DatabaseUnavailable:
            self.status = "down"
            return
        except (ShopNotFound, NotPermitted) as error:
            await self._deny_access(is_missing=isinstance(error, ShopNotFound))
            return
        set_if_changed(self, status="ready")

    async def _deny_access(self, *, is_missing: bool) -> None:
        """Let go of what was shown, for it may not be seen any more; the frame stays for whoever may see another part."""
        self.reset()  # type: ignore[no-untyped-call]
        self.status = "missing" if is_missing else "forbidden"
        if is_missing:
            (await self.get_state(StudioState)).reset()  # type: ignore[no-untyped-call]
        else:
            await update_studio_layout(self, await identity.require_membership(self))
        user = await identity.require_user(self)
        live_updates.subscribe(self, tags=(user_tag(user.user_id),), refresh=type(self).refresh)

    def _set_values(self, **values: object) -> None:
        """Give these variables these values; a state just made sends all, for the browser may still show an earlier one's."""
        if self.status:
            set_if_changed(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)

    def _permission(self) -> RequiredPermission:
        """What it takes to see the page."""
        return None

    def _tags(self, membership: Membership) -> tuple[str, ...]:  # noqa: ARG002 - for pages that show more than the shop
        """What else the page depends on."""
        return ()

    def _flash(self) -> dict[str, str]:
        """What the page says first, by the word in its address that led there."""
        return {}

    async def _read(self, membership: Membership) -> None:
        raise NotImplementedError


def shop_tags(membership: Membership) -> tuple[str, ...]:
    """What a page of this shop's studio depends on, and adds its own to."""
    return user_tag(membership.user_id), shop_members_tag(membership.shop_id), shop_tag(membership.slug)


async def update_studio_layout(state: rx.State, membership: Membership) -> None:
    """Put the shop's name, and the pages that may be seen, into the frame."""
    base_url = f"/sell/{membership.slug}"
    navigation = [
        NavigationItemView(label, base_url + path, icon, not path)
        for label, path, icon, permission in NAVIGATION
        if membership.has_permission(permission)
    ]
    layout_state = await state.get_state(StudioState)
    set_if_changed(
        layout_state,
        name=membership.name,
        base_url=base_url,
        public_url=f"/shops/{membership.slug}",
        navigation=navigation,
    )
