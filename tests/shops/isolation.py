"""The routes and handlers of shops that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/shops/{slug}": "a shop's public profile",
}
OWN_DATA_ROUTES = {
    "GET /api/v1/account/shops": "the caller's own shops",
    "GET /api/v1/account/invitations": "the invitations to the caller's own e-mail address",
    "GET /api/v1/shop-address": "whether a slug is free; the slugs of shops are public",
    "POST /api/v1/shops": "a shop of the caller's own; a taken slug is refused",
}
PUBLIC_HANDLERS = {
    "ShopState": "a shop's public page",
}
OWN_DATA_HANDLERS = {
    "MyShopsState": "the viewer's own shops, and the invitations to their own e-mail address",
    "OpenShopState": "whether a slug is free; the slugs of shops are public",
}
