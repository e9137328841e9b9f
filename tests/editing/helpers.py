"""Editing listings as a seller does."""

from typing import Any
from uuid import UUID

from platform_app.domain.editing import queries, service
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_shop, make_user

MUG = ListingContent.model_validate({"title": "Stoneware mug", "variants": [{"price": "20.00", "stock": "5"}]})


def seller(session: WriteSession, *, slug: str = "clay-and-co", email: str = "ada@example.com") -> Membership:
    """An owner of a new shop."""
    make_shop(session, slug=slug)
    make_user(session, email=email)
    return members.make_owner(session, slug=slug, email=email, now=NOW)


def begun(session: WriteSession, who: Membership) -> Edit:
    """A new draft without content."""
    return service.create_draft(session, user_id=who.user_id, shop=who.slug, now=NOW)


def kept(
    session: WriteSession, who: Membership, edit: Edit, content: ListingContent | None = None, **said: Any
) -> Edit:
    """The draft after saving this content over the given edit."""
    written = content or edit.content
    return service.save_draft(
        session,
        user_id=who.user_id,
        shop=who.slug,
        listing_id=edit.listing_id,
        version=edit.version,
        base=edit.base,
        content=ListingContent.model_validate({**written.model_dump(), **said}),
        now=NOW,
    )


def saved(session: WriteSession, who: Membership, edit: Edit, **said: Any) -> Edit:
    """The listing after publishing the draft."""
    asked = {"user_id": who.user_id, "shop": who.slug, "listing_id": edit.listing_id, "version": edit.version}
    return service.publish(session, **{**asked, "now": NOW, **said})


def listed(session: WriteSession, who: Membership, content: ListingContent = MUG, **said: Any) -> Edit:
    """A listing whose draft was saved and published."""
    return saved(session, who, kept(session, who, begun(session, who), content), **said)


def now(session: WriteSession, who: Membership, listing_id: UUID) -> Edit:
    """The current edit of a listing."""
    return queries.edit(session, user_id=who.user_id, shop=who.slug, listing_id=listing_id)
