"""The routes and handlers of shops that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /api/v1/shops/{slug}": "a shop's public profile",
}
OWN_DATA_ROUTES = {
    "GET /api/v1/account/shops": "the shops the caller runs",
    "GET /api/v1/account/invitations": "the invitations to the caller's own address",
    "GET /api/v1/shop-address": "whether an address is free is for every seller to know; shops' addresses are public",
    "POST /api/v1/shops": "a shop of the caller's own; an address that is taken is refused",
}
PUBLIC_HANDLERS = {
    "ShopState": "a shop's public page",
}
OWN_DATA_HANDLERS = {
    "MyShopsState": "the shops the viewer runs, and the invitations to their own address",
    "OpenShopState": "whether an address is free; shops' addresses are public",
}
