"""Edit listings: each change is saved as a draft at once, and becomes the listing when the seller publishes it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.catalog import queries as listings
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import MAX_TITLE, Status
from platform_app.domain.catalog.schemas import Listing, SaveResult
from platform_app.domain.editing import queries, rules
from platform_app.domain.editing.errors import EditedElsewhere, ListingChanged, TooManyEdits
from platform_app.domain.editing.models import ListingEdit
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import (
    ListingContent,
    PictureContent,
    RemovedVariant,
    VariantContent,
)
from platform_app.domain.editing.service import listing_builder, web_address
from platform_app.domain.editing.service.listing_builder import BuiltListing
from platform_app.domain.editing.tags import edit_tag, shop_edits_tag
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession, invalidate


def create_draft(session: WriteSession, *, user_id: UUID, shop: str, now: datetime) -> Edit:
    """Start a new, empty listing."""
    return _insert_edit(session, _require_membership(session, user_id, shop), ListingContent(), version=1, now=now)


def save_draft(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    version: int,
    base: int,
    content: ListingContent,
    now: datetime,
) -> Edit:
    """Save the content as a draft; EditedElsewhere, without changes, if the draft is no longer at `version`."""
    membership = _require_membership(session, user_id, shop)
    content = _resolve_uploads(session, membership, content)
    values = {"content": content.model_dump(mode="json"), "is_pending": True, "saved_at": now}
    # A single statement, so that only one of several concurrent tabs wins.
    row = session.execute(
        update(ListingEdit)
        .where(
            col(ListingEdit.shop_id) == membership.shop_id,
            col(ListingEdit.listing_id) == listing_id,
            col(ListingEdit.version) == version,
        )
        .values(version=version + 1, base=case((col(ListingEdit.is_pending), ListingEdit.base), else_=base), **values)
        .returning(ListingEdit)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    stored = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    if row is None and version == 0:
        if stored is None:
            raise ListingNotFound
        row = session.execute(
            insert(ListingEdit)
            .values(shop_id=membership.shop_id, listing_id=listing_id, version=1, base=base, **values)
            .on_conflict_do_nothing()
            .returning(ListingEdit)
        ).scalar_one_or_none()
    if row is None:
        _require_edit_or_listing(session, membership, listing_id)
        raise EditedElsewhere
    _invalidate_edit(session, listing_id)
    return queries.to_edit(session, membership=membership, listing_id=listing_id, row=row, stored=stored)


def publish(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    version: int,
    now: datetime,
    status: Status | None = None,
) -> Edit:
    """Save the draft as the listing. Without `status`, a new listing becomes a draft and others keep theirs.

    EditedElsewhere, ListingChanged, or InvalidEdit with every invalid field; then nothing is changed.
    """
    membership = _require_membership(session, user_id, shop)
    shop_service.lock(session, shop_id=membership.shop_id)
    row = _lock_edit_version(session, membership, listing_id, version)
    lock_stock(session, membership=membership, listing_ids=[listing_id])
    stored = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    edit = queries.to_edit(session, membership=membership, listing_id=listing_id, row=row, stored=stored)
    if edit.is_stale:
        raise ListingChanged
    built = listing_builder.build(
        session,
        membership=membership,
        listing_id=listing_id,
        content=edit.content,
        stored=stored,
        status=status or edit.status or Status.DRAFT,
    )
    saved = _save(session, membership, listing_id, content=edit.content, stored=stored, built=built, now=now)
    if row is None and not saved.changed:
        return edit
    if row:
        _clear_edit(session, row, removed=[each.without_id() for each in edit.content.unoffered], now=now)
    _invalidate_edit(session, listing_id)
    _invalidate_edit_list(session, membership)
    session.flush()
    published = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    return queries.to_edit(session, membership=membership, listing_id=listing_id, row=row, stored=published)


def discard_draft(
    session: WriteSession, *, user_id: UUID, shop: str, listing_id: UUID, version: int, now: datetime
) -> None:
    """Discard unsaved changes; a listing that was never saved is deleted."""
    membership = _require_membership(session, user_id, shop)
    row = _lock_edit(session, membership, listing_id)
    if row is None:
        _require_listing(session, membership, listing_id)
        return
    if row.version != version:
        raise EditedElsewhere
    if queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id) is None:
        session.delete(row)
    else:
        unoffered = ListingContent.model_validate(row.content).unoffered
        _clear_edit(session, row, removed=[each for each in unoffered if each.row.id is None], now=now)
    session.flush()
    _invalidate_edit(session, listing_id)
    _invalidate_edit_list(session, membership)


def duplicate(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    now: datetime,
    content: ListingContent | None = None,
) -> Edit:
    """Start a new listing as a copy of this one, or of `content` if given."""
    membership = _require_membership(session, user_id, shop)
    source = content or queries.edit(session, user_id=user_id, shop=shop, listing_id=listing_id).content
    variants = tuple(
        VariantContent.model_validate({**row.model_dump(), "id": None, "stock_was": None}) for row in source.variants
    )
    title = f"{source.title[: MAX_TITLE - 7]} (copy)" if source.title else ""
    removed = tuple(each.without_id() for each in source.removed)
    copied = source.model_copy(update={"title": title, "slug": "", "variants": variants, "removed": removed})
    edit = _insert_edit(session, membership, _resolve_uploads(session, membership, copied), version=2, now=now)
    _invalidate_edit_list(session, membership)
    return edit


def sweep_blank_drafts(session: WriteSession, *, now: datetime) -> None:
    """Delete new listings that have stayed empty for a day."""
    is_blank = (col(ListingEdit.version) == 1) & (col(ListingEdit.base) == 0)
    session.execute(delete(ListingEdit).where(is_blank, col(ListingEdit.saved_at) < now - rules.BLANK_DRAFT_RETENTION))


def lock_stock(session: WriteSession, *, membership: Membership, listing_ids: Sequence[UUID]) -> None:
    """Lock the stock of these listings until the transaction ends, so that purchases cannot change it."""
    variant_ids = listings.variant_ids(session, shop_id=membership.shop_id, listing_ids=listing_ids)
    stock.lock(session, shop_id=membership.shop_id, variant_ids=variant_ids)


def _require_membership(session: WriteSession, user_id: UUID, shop: str) -> Membership:
    return shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)


def _save(
    session: WriteSession,
    membership: Membership,
    listing_id: UUID,
    *,
    content: ListingContent,
    stored: Listing | None,
    built: BuiltListing,
    now: datetime,
) -> SaveResult:
    """Save the listing, at the web address that was chosen."""
    key = built.listing_input.key
    slug = web_address.new_slug(session, shop_id=membership.shop_id, content=content, stored=stored)
    (saved,) = catalog.save_many(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        inputs=[built.listing_input],
        reason=Reason.EDIT,
        now=now,
        stored={key: stored} if stored else {},
        ids={key: listing_id},
        slugs={key: slug},
        new_slugs={key: slug},
        new_choices=built.new_choices,
    )
    return saved


def _insert_edit(
    session: WriteSession, membership: Membership, content: ListingContent, *, version: int, now: datetime
) -> Edit:
    unsaved_count = select(func.count()).where(
        ListingEdit.shop_id == membership.shop_id, ListingEdit.base == 0, ListingEdit.is_pending
    )
    if session.exec(unsaved_count).one() >= rules.MAX_UNSAVED_LISTINGS:
        raise TooManyEdits
    row = ListingEdit(
        shop_id=membership.shop_id,
        listing_id=new_id(),
        version=version,
        base=0,
        is_pending=True,
        content=content.model_dump(mode="json"),
        saved_at=now,
    )
    session.add(row)
    session.flush()
    return queries.to_edit(session, membership=membership, listing_id=row.listing_id, row=row, stored=None)


def _resolve_uploads(session: WriteSession, membership: Membership, content: ListingContent) -> ListingContent:
    """Replace finished uploads by their pictures, since uploads are deleted after a week."""
    shown = queries.edit_pictures(session, shop_id=membership.shop_id, picture_contents=content.pictures)
    resolved: list[PictureContent] = []
    known: set[object] = set()
    for each, picture in zip(content.pictures, shown, strict=True):
        names = {each.key, picture.picture_id or each.key}
        if not names & known:  # a picture uploaded twice keeps its first position
            resolved.append(each.model_copy(update={"picture_id": picture.picture_id or each.picture_id}))
        known |= names
    return content.model_copy(update={"pictures": tuple(resolved)})


def _lock_edit(session: WriteSession, membership: Membership, listing_id: UUID) -> ListingEdit | None:
    statement = select(ListingEdit).where(
        ListingEdit.shop_id == membership.shop_id, ListingEdit.listing_id == listing_id
    )
    return session.exec(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()


def _lock_edit_version(
    session: WriteSession, membership: Membership, listing_id: UUID, version: int
) -> ListingEdit | None:
    """The edit's row, None if it has none yet; EditedElsewhere if it has another version."""
    row = _lock_edit(session, membership, listing_id)
    if (row.version if row else 0) != version:
        _require_edit_or_listing(session, membership, listing_id)
        raise EditedElsewhere
    return row


def _clear_edit(session: WriteSession, row: ListingEdit, *, removed: Sequence[RemovedVariant], now: datetime) -> None:
    """End the edit: the listing itself is shown again, and tabs with an older version cannot overwrite it.

    The row remembers the variants that were removed, so that one that is offered again has its own price and stock.
    """
    content = {"removed": [each.model_dump(mode="json") for each in removed]} if removed else {}
    row.is_pending, row.content, row.version, row.saved_at = False, content, row.version + 1, now
    session.add(row)


def _require_listing(session: WriteSession, membership: Membership, listing_id: UUID) -> None:
    if queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id) is None:
        raise ListingNotFound


def _require_edit_or_listing(session: WriteSession, membership: Membership, listing_id: UUID) -> None:
    if session.get(ListingEdit, (membership.shop_id, listing_id)) is None:
        _require_listing(session, membership, listing_id)


def _invalidate_edit(session: WriteSession, listing_id: UUID) -> None:
    invalidate(session, edit_tag(listing_id))


def _invalidate_edit_list(session: WriteSession, membership: Membership) -> None:
    invalidate(session, shop_edits_tag(membership.shop_id))
