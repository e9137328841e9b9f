"""Editing listings as a seller does."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.editing import queries, service
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, BulkResult, Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_shop, make_user

MUG = ListingContent.model_validate({"title": "Stoneware mug", "variants": [{"price": "20.00", "stock": "5"}]})


SHIRT = (
    ListingContent.model_validate({"title": "Shirt", "variants": [{"price": "50.00", "stock": "3"}]})
    .with_option("Colour")
    .with_value(0, "Oat")
    .with_value(0, "Ink")
)


def fingerprint(session: WriteSession) -> list[Any]:
    """Every row of the tables about selling."""
    tables = (
        "listing",
        "variant",
        "stock",
        "listing_picture",
        "listing_edit",
        "price_change",
        "outbox",
        "upload",
        "bulk_change",
    )
    return [session.execute(text(f"SELECT {name} FROM {name} ORDER BY 1::text")).all() for name in tables]


def seller(
    session: WriteSession, *, slug: str = "clay-and-co", email: str = "ada@example.com", currency: str = "USD"
) -> Membership:
    """An owner of a new shop."""
    make_shop(session, slug=slug, currency=currency)
    make_user(session, email=email)
    return members.make_owner(session, slug=slug, email=email, now=NOW)


def create_draft(session: WriteSession, member: Membership) -> Edit:
    """A new draft without content."""
    return service.create_draft(session, user_id=member.user_id, shop=member.slug, now=NOW)


def save_draft(
    session: WriteSession, member: Membership, edit: Edit, content: ListingContent | None = None, **values: Any
) -> Edit:
    """The draft after saving this content over the given edit."""
    written = content or edit.content
    return service.save_draft(
        session,
        user_id=member.user_id,
        shop=member.slug,
        listing_id=edit.listing_id,
        version=edit.version,
        base=edit.base,
        content=ListingContent.model_validate({**written.model_dump(), **values}),
        now=NOW,
    )


def publish(session: WriteSession, member: Membership, edit: Edit, **values: Any) -> Edit:
    """The listing after publishing the draft."""
    arguments = {"user_id": member.user_id, "shop": member.slug, "listing_id": edit.listing_id, "version": edit.version}
    return service.publish(session, **{**arguments, "now": NOW, **values})


def create_listing(session: WriteSession, member: Membership, content: ListingContent = MUG, **values: Any) -> Edit:
    """A listing whose draft was saved and published."""
    return publish(session, member, save_draft(session, member, create_draft(session, member), content), **values)


def current_edit(session: WriteSession, member: Membership, listing_id: UUID) -> Edit:
    """The current edit of a listing."""
    return queries.edit(session, user_id=member.user_id, shop=member.slug, listing_id=listing_id)


def apply_bulk(
    session: WriteSession, member: Membership, action: BulkAction, *edits: Edit, **values: Any
) -> BulkResult:
    """What a bulk action on these listings did."""
    request = BulkRequest(action=action, listing_ids=tuple(edit.listing_id for edit in edits), **values)
    return bulk.apply(session, user_id=member.user_id, shop=member.slug, request=request, now=values.pop("now", NOW))
