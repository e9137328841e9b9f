"""The shops that the viewer follows: the button on a shop's page, and the page of all of them."""

import secrets
from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.following import queries, rules, service
from platform_app.domain.following.schemas import FollowedShop
from platform_app.domain.following.tags import following_tag
from platform_app.domain.shared.errors import ProductError, Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import cache, db
from platform_app.infra.db import DatabaseUnavailable
from state import layout
from state.accounts import PrivatePage
from state.core import identity
from state.core.state_manager import EphemeralState


@dataclass(frozen=True)
class FollowedShopView:
    """A followed shop on the page of all of them."""

    slug: str
    href: str
    name: str
    tagline: str
    logo: str


class FollowButtonState(EphemeralState, rx.State):
    """Whether the viewer follows the shop that this tab shows; a refused press changes `render_key`."""

    shop: rx.Field[str] = rx.field("")
    is_following: rx.Field[bool] = rx.field(False)
    render_key: rx.Field[str] = rx.field("")

    @rx.event
    async def toggle(self, shop: str, is_following: bool) -> None:
        """Follow a shop, or unfollow it, as the browser shows already; who is not signed in does that first."""
        try:
            user = await identity.require_writer(self, reason=rules.SIGN_IN_TO_FOLLOW.name)
            if is_following is True:
                await db.write(service.follow, user_id=user.user_id, shop=str(shop), now=utc_now())
            else:
                await db.write(service.unfollow, user_id=user.user_id, shop=str(shop))
        except Unauthenticated:
            raise
        except (ProductError, DatabaseUnavailable) as error:
            self.render_key = secrets.token_hex(4)
            await layout.show_refusal(self, error)
            return
        if shop == self.shop:
            self.is_following = is_following is True


class FollowingState(PrivatePage, rx.State):
    """All shops that the viewer follows, the one followed last first."""

    shops: rx.Field[list[FollowedShopView]] = rx.field(default_factory=list)
    total: rx.Field[str] = rx.field("")

    async def _read(self, user: Viewer) -> None:
        found = await db.read(queries.of_user, user_id=user.user_id)
        self._set_values(shops=[_view(each) for each in found], total=_total_text(len(found)))

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (*super()._tags(user), following_tag(user.user_id))


async def update_follow_button(state: rx.State, *, shop_id: UUID, slug: str) -> None:
    """Fill the button of the shop that this tab is about to show; a visitor follows none."""
    viewer = await identity.viewer(state)
    followed = await cache.read(queries.followed_shop_ids, user_id=viewer.user_id) if viewer else frozenset()
    button = await state.get_state(FollowButtonState)
    # Set even where nothing has changed: the browser may still show what an earlier state of the tab said.
    button.shop, button.is_following = slug, shop_id in followed


def _view(found: FollowedShop) -> FollowedShopView:
    return FollowedShopView(
        slug=found.slug, href=f"/shops/{found.slug}", name=found.name, tagline=found.tagline, logo=found.mark or ""
    )


def _total_text(total: int) -> str:
    return "1 shop" if total == 1 else f"{total:,} shops"
