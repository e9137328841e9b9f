"""The routes and handlers of favourites that need not refuse other users, and why."""

OWN_DATA_ROUTES = {
    "GET /api/v1/favourites": "the caller's own favourites",
    "PUT /api/v1/favourites/{listing_id}": "adds a listing for sale to the caller's own favourites",
    "DELETE /api/v1/favourites/{listing_id}": "the caller's own favourite",
}
PUBLIC_HANDLERS = {
    "FavouriteButtonsState.refresh": "the viewer's own favourites on this tab; none for a visitor",
}
OWN_DATA_HANDLERS = {
    "FavouritesState": "the viewer's own favourites",
    "FavouriteButtonsState.toggle": "adds a listing for sale to the viewer's own favourites",
}
