"""Errors of site pages."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class SitePageNotFound(NotFound):
    """There is no site page with this slug."""

    message = "This page doesn't exist."


class InvalidSitePage(Invalid):
    """The input is invalid; `fields` has a message per field."""


class SitePageChanged(Conflict):
    """The page has another version than the one that was edited."""

    message = "Somebody else has changed this page in the meantime. Read it again, then edit it."
