"""The routes and handlers of site pages that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/sitepages": "the pages are for everybody",
    "GET /api/v1/sitepages/{slug}": "the pages are for everybody",
}
PUBLIC_HANDLERS = {
    "SitePageState": "the pages are for everybody",
}
