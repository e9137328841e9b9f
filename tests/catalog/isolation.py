"""The routes and handlers of catalog that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/listings": "what is for sale is for everybody to see",
    "GET /api/v1/listings/{listing_id}": "a published listing is for everybody to see, a draft is not found",
    "GET /api/v1/categories": "the category tree is for everybody to see",
}
PUBLIC_HANDLERS = {
    "HomeState": "what is for sale is for everybody to see",
    "CategoryState": "what is for sale is for everybody to see",
    "ListingState": "a published listing's page",
}
