"""The services of the api tier, each of which can be a deployment of its own, and the paths that they answer."""

import re
from collections.abc import Collection
from enum import StrEnum


class Service(StrEnum):
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
PATHS: dict[Service, tuple[str, ...]] = {
    Service.ACCOUNTS: ("^/auth/", "^/api/v1/account(/(addresses|export|sessions)(/|$)|$)"),
    Service.ACTIVITY: ("^/api/v1/shops/[^/]+/figures(/|$)",),
    Service.CATALOG: ("^/api/v1/(categories|listings)(/|$)",),
    Service.EDITING: ("^/api/v1/shops/[^/]+/(listings|uploads)(/|$)",),
    Service.FAVOURITES: ("^/api/v1/favourites(/|$)",),
    Service.IMPORTS: (r"^/api/v1/shops/[^/]+/(export\.csv|imports)(/|$)",),
    Service.MEDIA: ("^/media/",),
    Service.NOTIFICATIONS: ("^/api/v1/notifications(/|$)",),
    Service.PAGES: (),
    Service.SEARCH: ("^/api/v1/search(/|$)",),
    Service.SHOPS: (
        "^/api/v1/(account/(invitations|shops)|shop-address)(/|$)",
        "^/api/v1/shops(/[^/]+(/(faces|holiday|invitations|members)(/|$)|$)|$)",
    ),
}


def answering(path: str) -> Collection[Service]:
    """The services that answer this path."""
    return [one for one, those in PATHS.items() if any(re.search(each, path) for each in those)] or [Service.PAGES]
