"""The routes and handlers of search that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/search/suggestions": "made of what is for sale",
}
PUBLIC_HANDLERS = {
    "SearchState": "what is for sale is for everybody to see",
    "TypeaheadState": "made of what is for sale",
}
