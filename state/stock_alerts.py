"""The variants that the viewer waits for: the button on a listing's page, and the page of all of them."""

import secrets
from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.errors import ProductError, Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.stock_alerts import queries, rules, service
from platform_app.domain.stock_alerts.errors import VariantNotFound
from platform_app.domain.stock_alerts.schemas import StockAlert
from platform_app.domain.stock_alerts.tags import stock_alerts_tag
from platform_app.infra import cache, db
from platform_app.infra.db import DatabaseUnavailable
from state import layout
from state.accounts import PrivatePage
from state.core import identity
from state.core.state_manager import EphemeralState


@dataclass(frozen=True)
class StockAlertView:
    """What the viewer waits for; `href` is empty while it is not for sale, `key` names it to the button."""

    key: str
    title: str
    choice: str
    href: str
    shop_name: str


class StockAlertButtonState(EphemeralState, rx.State):
    """The variants of this tab's listing that the viewer waits for; a refused press changes `render_key`."""

    waiting: rx.Field[list[str]] = rx.field(default_factory=list)
    render_key: rx.Field[str] = rx.field("")

    @rx.event
    async def toggle(self, key: str, is_waiting: bool) -> None:
        """Wait for a variant or no longer, as the browser shows already; `key` is `listing id/variant id`."""
        try:
            user = await identity.require_writer(self, reason=rules.SIGN_IN_TO_WAIT.name)
            listing_id, variant_id = _parse_key(key)
            if is_waiting is True:
                await db.write(
                    service.add, user_id=user.user_id, listing_id=listing_id, variant_id=variant_id, now=utc_now()
                )
            else:
                await db.write(service.remove, user_id=user.user_id, variant_id=variant_id)
        except Unauthenticated:
            raise
        except (ProductError, DatabaseUnavailable) as error:
            self.render_key = secrets.token_hex(4)
            await layout.show_refusal(self, error)
            return
        others = [each for each in self.waiting if each != str(variant_id)]
        self.waiting = [*others, str(variant_id)] if is_waiting is True else others


class StockAlertsState(PrivatePage, rx.State):
    """All that the viewer waits for, newest first."""

    alerts: rx.Field[list[StockAlertView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        found = await db.read(queries.of_user, user_id=user.user_id)
        self._set_values(alerts=[_view(each) for each in found])

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (*super()._tags(user), stock_alerts_tag(user.user_id))


async def update_stock_alert_button(state: rx.State, listing: Listing) -> None:
    """Fill the button of the listing that this tab is about to show; without sold-out variants, there is none."""
    sold_out = {variant.id for variant in listing.variants if not variant.in_stock}
    viewer = await identity.viewer(state) if sold_out else None
    waiting = await cache.read(queries.variant_ids, user_id=viewer.user_id) if viewer else frozenset()
    button = await state.get_state(StockAlertButtonState)
    # Set even where nothing has changed: the browser may still show what an earlier state of the tab said.
    button.waiting = sorted(str(variant_id) for variant_id in waiting & sold_out)


def _parse_key(key: object) -> tuple[UUID, UUID]:
    listing_id, _, variant_id = str(key).partition("/")
    try:
        return UUID(listing_id), UUID(variant_id)
    except ValueError:
        raise VariantNotFound from None


def _view(found: StockAlert) -> StockAlertView:
    return StockAlertView(
        key=f"{found.listing_id}/{found.variant_id}",
        title=found.title,
        choice=found.choice,
        href=f"/shops/{found.card.shop_slug}/{found.card.slug}" if found.card else "",
        shop_name=found.card.shop_name if found.card else "",
    )
