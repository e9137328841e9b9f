"""The routes and handlers of media that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "GET /media/pictures/{content}/{width}.webp": "pictures are named by their content, and made to be seen",
    "POST /media/uploads": "the signature of the form is what counts",
}
