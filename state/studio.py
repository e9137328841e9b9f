"""What the pages of the seller studio share: the shop, the member's permissions and the navigation."""

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

# The pages of the studio: label, path below /sell/{shop}, icon and required permission.
NAVIGATION: tuple[tuple[str, str, str, RequiredPermission], ...] = (
    ("Home", "", "house", None),
    ("Listings", "/listings", "tags", VIEW_PERMISSIONS),
    ("Sections", "/sections", "layout-list", Permission.LISTINGS),
    ("Analytics", "/figures", "chart-column", Permission.STATS),
    ("Imports", "/imports", "file-up", Permission.IMPORTS),
    ("Settings", "/settings", "sliders-horizontal", Permission.SHOP),
    ("Staff", "/staff", "users", Permission.STAFF),
)


@dataclass(frozen=True)
class NavigationItemView:
    """A link to a page of the studio; `is_home` if the other pages' paths are below it."""

    label: str
    href: str
    icon: str
    is_home: bool


class StudioState(EphemeralState, rx.State):
    """The studio's layout."""

    name: rx.Field[str] = rx.field("")
    base_url: rx.Field[str] = rx.field("")
    public_url: rx.Field[str] = rx.field("")
    navigation: rx.Field[list[NavigationItemView]] = rx.field(default_factory=list)


class StudioPage(EphemeralState, mixin=True):
    """A studio page; `status` is "", "ready", "missing", "forbidden" or "down", `flash` confirms the last action."""

    status: rx.Field[str] = rx.field("")
    flash: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show the page to members with the permission; others are led to sign in or see an error."""
        await update_layout(self)
        messages = self._flash()
        self._set_values(
            flash=next((message for param, message in messages.items() if param in page_url.current(self).query), "")
        )
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Show the page again after a change of the shop or its members."""
        await self._show()

    async def _show(self) -> None:
        try:
            membership = await identity.require_membership(self, self._permission())
            await update_studio_layout(self, membership)
            # Subscribe before reading, so that no change in between is missed.
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
        """Clear the page, which the user may not see. The layout stays if they may see other pages of the shop."""
        self.reset()  # type: ignore[no-untyped-call]
        self.status = "missing" if is_missing else "forbidden"
        if is_missing:
            (await self.get_state(StudioState)).reset()  # type: ignore[no-untyped-call]
        else:
            await update_studio_layout(self, await identity.require_membership(self))
        user = await identity.require_user(self)
        live_updates.subscribe(self, tags=(user_tag(user.user_id),), refresh=type(self).refresh)

    def _set_values(self, **values: object) -> None:
        """Set these variables. A new state sends all of them: the browser may still show an earlier state's values."""
        if self.status:
            set_if_changed(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)

    def _permission(self) -> RequiredPermission:
        """The permission that the page requires."""
        return None

    def _tags(self, membership: Membership) -> tuple[str, ...]:  # noqa: ARG002 - for pages that show more than the shop
        """Further cache tags that the page depends on."""
        return ()

    def _flash(self) -> dict[str, str]:
        """The messages of the page, by the query parameter that asks for them."""
        return {}

    async def _read(self, membership: Membership) -> None:
        raise NotImplementedError


def shop_tags(membership: Membership) -> tuple[str, ...]:
    """The cache tags that every page of this shop's studio depends on."""
    return user_tag(membership.user_id), shop_members_tag(membership.shop_id), shop_tag(membership.slug)


async def update_studio_layout(state: rx.State, membership: Membership) -> None:
    """Set the shop's name and the navigation of the layout."""
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
