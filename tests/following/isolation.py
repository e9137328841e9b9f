"""Routes and handlers of following that need not refuse other people, and why; and what others try to reach."""

from uuid import UUID

from platform_app.domain.following import service
from platform_app.infra.db import WriteSession
from tests.factories import NOW

OWN_DATA_ROUTES = {
    "GET /api/v1/following": "the shops that the caller follows",
    "PUT /api/v1/following/{shop}": "anybody may follow a shop; the follow is the caller's own",
    "DELETE /api/v1/following/{shop}": "the caller's own follow",
}
OWN_DATA_HANDLERS = {
    "FollowingState": "the shops that the viewer follows",
    "FollowButtonState.toggle": "anybody may follow a shop; the follow is the viewer's own",
}
PUBLIC_COLUMNS = {"follow.shop_id": "anybody may follow a shop: the row is its follower's"}


def add_victim_rows(session: WriteSession, *, user_id: UUID, shop_id: UUID) -> dict[str, str]:
    """The victim follows a shop, which others must neither see nor change; no parameter names it."""
    service.follow(session, user_id=user_id, shop="others-shop", now=NOW)
    return {}
