"""The services of the api tier, each of which can be a deployment of its own, and the paths that they answer."""

import re
from collections.abc import Collection
from enum import StrEnum


class ApiGroup(StrEnum):
    """What is deployed together: the routes of one noun, or of several that share their paths."""

    ACCOUNTS = "accounts"  # with signing in: both set and end the same cookies
    ACTIVITY = "activity"
    CATALOG = "catalog"
    EDITING = "editing"
    FAVOURITES = "favourites"
    IMPORTS = "imports"
    MEDIA = "media"
    NOTIFICATIONS = "notifications"
    PAGES = "pages"  # with the frontend's files, what crawlers ask for, and the documentation: whatever no other one answers
    SEARCH = "search"
    SHOPS = "shops"


# As expressions that nginx and Python read alike; none matches what another one does.
PATHS: dict[ApiGroup, tuple[str, ...]] = {
    ApiGroup.ACCOUNTS: ("^/auth/", "^/api/v1/account(/(addresses|export|sessions)(/|$)|$)"),
    ApiGroup.ACTIVITY: ("^/api/v1/shops/[^/]+/figures(/|$)",),
    ApiGroup.CATALOG: ("^/api/v1/(categories|listings)(/|$)",),
    ApiGroup.EDITING: ("^/api/v1/shops/[^/]+/(listings|uploads)(/|$)",),
    ApiGroup.FAVOURITES: ("^/api/v1/favourites(/|$)",),
    ApiGroup.IMPORTS: (r"^/api/v1/shops/[^/]+/(export\.csv|imports)(/|$)",),
    ApiGroup.MEDIA: ("^/media/",),
    ApiGroup.NOTIFICATIONS: ("^/api/v1/notifications(/|$)",),
    ApiGroup.PAGES: (),
    ApiGroup.SEARCH: ("^/api/v1/search(/|$)",),
    ApiGroup.SHOPS: (
        "^/api/v1/(account/(invitations|shops)|shop-address)(/|$)",
        "^/api/v1/shops(/[^/]+(/(faces|holiday|invitations|members)(/|$)|$)|$)",
    ),
}


def groups_for_path(path: str) -> Collection[ApiGroup]:
    """The services that answer this path."""
    return [group for group, patterns in PATHS.items() if any(re.search(pattern, path) for pattern in patterns)] or [
        ApiGroup.PAGES
    ]
