"""Tracks views of listings in a buffer, without further database queries."""

import reflex as rx

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import View
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import encryption, event_buffer
from platform_app.infra.db import DatabaseUnavailable
from state.core import identity, router

VISITOR_KEY_PURPOSE = b"plaza visitors"


async def track_view(state: rx.State, listing: Listing) -> None:
    """Track a view, unless the visitor is a bot or a member of the shop.

    The layout has already read the user and their memberships. A visitor is a user or, if signed out, a tab.
    """
    if rules.is_bot(router.headers(state).user_agent):
        return
    try:
        viewer = await identity.viewer(state)
        memberships = await identity.memberships(viewer)
    except DatabaseUnavailable:
        return
    if any(each.shop_id == listing.shop_id for each in memberships):
        return
    today = utc_now().date()
    visitor_name = f"user:{viewer.user_id}" if viewer else f"tab:{router.session(state).client_token}"
    visitor = rules.visitor_digest(visitor_name, day=today, key=encryption.derive_key(VISITOR_KEY_PURPOSE))
    view = View(shop_id=listing.shop_id, listing_id=listing.id, day=today, visitor=visitor)
    event_buffer.append(rules.COLLECTION, view.partition, view.sort_key, view.value, expires_at=view.expires_at)
