"""The routes and handlers of media that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /media/pictures/{content}/{width}.webp": "pictures are public and named by their content",
    "POST /media/uploads": "needs a signed form",
}
