"""The routes and handlers of search that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/search/suggestions": "made from listings for sale",
}
PUBLIC_HANDLERS = {
    "SearchState": "listings for sale are public",
    "TypeaheadState": "made from listings for sale",
}
