"""The web address of a listing: the slug that its seller chooses, or that its title gives."""

from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import MAX_WISHED_SLUG, Status
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.infra.db import ReadSession

BULK_REASON = "Its title can't become a readable web address. Open this listing and enter one."
_ROOM_FOR_NUMBER = 6


def problem(
    session: ReadSession, *, shop_id: UUID, content: ListingContent, stored: Listing | None, status: Status
) -> str:
    """What is wrong with the web address of this content, saved with this status; empty if nothing is."""
    if content.slug and (stored is None or content.slug != stored.slug):
        return _form_problem(content.slug) or _taken_problem(session, shop_id, content.slug, stored)
    is_open = not content.slug and (stored is None or stored.is_slug_open)
    if status is not Status.PUBLISHED or not is_open or not content.title or rules.readable_title_slug(content.title):
        return ""
    example = _free(session, shop_id, rules.suggested_slug(content.title))
    return f"This title can't become a readable web address. Enter one in letters from a to z, such as {example}."


def new_slug(session: ReadSession, *, shop_id: UUID, content: ListingContent, stored: Listing | None) -> str:
    """The slug of a listing after this content was saved; empty for a new one that gets the slug of its title.

    A stored one that nobody chose or knows follows the title, so that it stays recognisable as such.
    """
    if content.slug or stored is None:
        return content.slug
    if not stored.is_slug_open or content.title == stored.title:
        return stored.slug
    base = rules.title_slug(content.title)
    return stored.slug if base == rules.title_slug(stored.title) else _free(session, shop_id, base)


def _form_problem(typed: str) -> str:
    if len(typed) > MAX_WISHED_SLUG:
        return f"Use at most {MAX_WISHED_SLUG} characters."
    if rules.is_choosable_slug(typed):
        return ""
    example = rules.suggested_slug(typed)
    return f"Use only lower-case letters from a to z, digits and hyphens between them, such as {example}."


def _taken_problem(session: ReadSession, shop_id: UUID, typed: str, stored: Listing | None) -> str:
    listing_id = stored.id if stored else UUID(int=0)
    if not catalog.is_slug_taken(session, shop_id=shop_id, slug=typed, listing_id=listing_id):
        return ""
    free = _free(session, shop_id, typed)
    return f"Another listing of your shop has this web address, or had it before. {free} is free."


def _free(session: ReadSession, shop_id: UUID, wish: str) -> str:
    """A free slug like the wish, with room for a number."""
    base = wish[: MAX_WISHED_SLUG - _ROOM_FOR_NUMBER].strip("-")
    return catalog.free_slugs(session, shop_id=shop_id, wishes=[base])(base)
