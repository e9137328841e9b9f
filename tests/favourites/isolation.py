"""The routes and handlers of favourites that need not refuse other users, and why."""

OWN_DATA_ROUTES = {
    "GET /api/v1/favourites": "what the caller likes",
    "PUT /api/v1/favourites/{listing_id}": "liking what is for sale; the like is the caller's own",
    "DELETE /api/v1/favourites/{listing_id}": "the caller's own like",
    "GET /api/v1/favourites/mail": "whether the caller wants mail",
    "PATCH /api/v1/favourites/mail": "whether the caller wants mail",
}
PUBLIC_HANDLERS = {
    "FavouriteButtonsState.refresh": "which listings on this tab the viewer likes; nobody likes none",
}
OWN_DATA_HANDLERS = {
    "FavouritesState": "what the viewer likes",
    "FavouriteButtonsState.toggle": "liking what is for sale; the like is the viewer's own",
}
