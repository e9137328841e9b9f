"""The routes and handlers of catalog that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/listings": "listings for sale are public",
    "GET /api/v1/listings/{listing_id}": "a published listing is public, and a draft is not found",
    "GET /api/v1/categories": "the category tree is public",
}
PUBLIC_HANDLERS = {
    "HomeState": "listings for sale are public",
    "CategoryState": "listings for sale are public",
    "ListingState": "a published listing's page",
}
