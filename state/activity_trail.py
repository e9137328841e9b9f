"""Noting that somebody has opened a listing: beside the event, which asks the database for nothing more."""

import reflex as rx

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import View
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache, sealing, trail
from platform_app.infra.db import DatabaseUnavailable
from state import identity, router

PURPOSE = b"plaza visitors"


async def opened(state: rx.State, listing: Listing) -> None:
    """Note a view, unless it is a robot's, or of somebody who runs the shop.

    Who is signed in, and which shops they run, the page's frame has asked before. A visitor is a user, or a tab.
    """
    if rules.is_robot(router.headers(state).user_agent):
        return
    try:
        viewer = await identity.viewer(state)
        run = await cache.read(shops.memberships, user_id=viewer.user_id) if viewer else ()
    except DatabaseUnavailable:
        return
    if any(each.shop_id == listing.shop_id for each in run):
        return
    today = utc_now().date()
    name = f"user:{viewer.user_id}" if viewer else f"tab:{router.session(state).client_token}"
    visitor = rules.visitor(name, day=today, key=sealing.key(PURPOSE))
    view = View(shop_id=listing.shop_id, listing_id=listing.id, day=today, visitor=visitor)
    trail.leave(rules.COLLECTION, view.partition, view.sort_key, view.value, expires_at=view.expires_at)
