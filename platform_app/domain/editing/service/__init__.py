"""Writing listings: each change is kept at once, and becomes the listing when its seller says so."""

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
from platform_app.domain.editing import queries, rules
from platform_app.domain.editing.errors import EditedElsewhere, ListingChanged, TooManyEdits
from platform_app.domain.editing.models import ListingEdit
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import Content, PictureText, VariantText
from platform_app.domain.editing.service import drafts
from platform_app.domain.shared.tables import new_id
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession, poke


def begin(session: WriteSession, *, user_id: UUID, shop: str, now: datetime) -> Edit:
    """A new listing, of which nothing is written yet."""
    return _added(session, _seller(session, user_id, shop), Content(), version=1, now=now)


def keep(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    version: int,
    base: int,
    content: Content,
    now: datetime,
) -> Edit:
    """Keep what is written so far; EditedElsewhere when somebody has written since that version, and nothing is changed."""
    seller = _seller(session, user_id, shop)
    content = _arrived(session, seller, content)
    said = {"content": content.model_dump(mode="json"), "is_pending": True, "saved_at": now}
    # One statement decides, however many tabs say the same version at once.
    row = session.execute(
        update(ListingEdit)
        .where(
            col(ListingEdit.shop_id) == seller.shop_id,
            col(ListingEdit.listing_id) == listing_id,
            col(ListingEdit.version) == version,
        )
        .values(version=version + 1, base=case((col(ListingEdit.is_pending), ListingEdit.base), else_=base), **said)
        .returning(ListingEdit)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None and version == 0:
        _require_listing(session, seller, listing_id)
        row = session.execute(
            insert(ListingEdit)
            .values(shop_id=seller.shop_id, listing_id=listing_id, version=1, base=base, **said)
            .on_conflict_do_nothing()
            .returning(ListingEdit)
        ).scalar_one_or_none()
    if row is None:
        _require_any(session, seller, listing_id)
        raise EditedElsewhere
    _tell(session, listing_id)
    return queries.as_edit(session, seller=seller, listing_id=listing_id, row=row)


def save(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    version: int,
    now: datetime,
    status: Status | None = None,
) -> Edit:
    """Make the listing what is written, and of this status (else a new one is a draft and another stays what it is).

    EditedElsewhere, ListingChanged, or InvalidEdit with every field that is in the way: then nothing is changed.
    """
    seller = _seller(session, user_id, shop)
    shop_service.lock(session, shop_id=seller.shop_id)
    row = _locked(session, seller, listing_id)
    if (row.version if row else 0) != version:
        _require_any(session, seller, listing_id)
        raise EditedElsewhere
    hold_stock(session, seller=seller, listing_ids=[listing_id])
    edit = queries.as_edit(session, seller=seller, listing_id=listing_id, row=row)
    if edit.is_stale:
        raise ListingChanged
    made = drafts.made(
        session,
        seller=seller,
        listing_id=listing_id,
        content=edit.content,
        stored=queries.listing_of(session, shop_id=seller.shop_id, listing_id=listing_id),
        status=status or edit.status or Status.DRAFT,
    )
    catalog.save_many(
        session,
        shop=shops.by_id(session, shop_id=seller.shop_id),
        drafts=[made.draft],
        reason=Reason.EDIT,
        now=now,
        ids={made.draft.key: listing_id},
        renamed=made.renamed,
    )
    if row:
        row.is_pending, row.content, row.version, row.saved_at = False, {}, row.version + 1, now
        session.add(row)
    _tell(session, listing_id)
    _tell_table(session, seller)
    session.flush()
    return queries.as_edit(session, seller=seller, listing_id=listing_id, row=row)


def discard(session: WriteSession, *, user_id: UUID, shop: str, listing_id: UUID, version: int, now: datetime) -> None:
    """Throw away what is written and not saved; of a listing that was never saved, nothing is left."""
    seller = _seller(session, user_id, shop)
    row = _locked(session, seller, listing_id)
    if row is None:
        _require_listing(session, seller, listing_id)
        return
    if row.version != version:
        raise EditedElsewhere
    if queries.listing_of(session, shop_id=seller.shop_id, listing_id=listing_id) is None:
        session.delete(row)
    else:
        row.is_pending, row.content, row.version, row.saved_at = False, {}, row.version + 1, now
        session.add(row)
    session.flush()
    _tell(session, listing_id)
    _tell_table(session, seller)


def copy(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    now: datetime,
    content: Content | None = None,
) -> Edit:
    """A new listing that is written like this one, or like `content`, which somebody wants to keep of it."""
    seller = _seller(session, user_id, shop)
    written = content or queries.edit(session, user_id=user_id, shop=shop, listing_id=listing_id).content
    variants = tuple(
        VariantText.model_validate({**row.model_dump(), "id": None, "stock_was": None}) for row in written.variants
    )
    title = f"{written.title[: MAX_TITLE - 7]} (copy)" if written.title else ""
    copied = written.model_copy(update={"title": title, "variants": variants})
    made = _added(session, seller, _arrived(session, seller, copied), version=2, now=now)
    _tell_table(session, seller)
    return made


def sweep_blanks(session: WriteSession, *, now: datetime) -> None:
    """Forget the listings that were begun a day ago and of which nothing was written."""
    is_blank = (col(ListingEdit.version) == 1) & (col(ListingEdit.base) == 0)
    session.execute(delete(ListingEdit).where(is_blank, col(ListingEdit.saved_at) < now - rules.BLANKS_KEPT))


def hold_stock(session: WriteSession, *, seller: Membership, listing_ids: Sequence[UUID]) -> None:
    """Let nobody buy of these listings until the transaction ends: what is on hand stays what is read from now on."""
    found = listings.listings(session, ids=listing_ids)
    variant_ids = [variant.id for listing in found if listing.shop_id == seller.shop_id for variant in listing.variants]
    stock.lock(session, shop_id=seller.shop_id, variant_ids=variant_ids)


def _seller(session: WriteSession, user_id: UUID, shop: str) -> Membership:
    return shops.require(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)


def _added(session: WriteSession, seller: Membership, content: Content, *, version: int, now: datetime) -> Edit:
    begun = select(func.count()).where(
        ListingEdit.shop_id == seller.shop_id, ListingEdit.base == 0, ListingEdit.is_pending
    )
    if session.exec(begun).one() >= rules.MAX_EDITS:
        raise TooManyEdits
    row = ListingEdit(
        shop_id=seller.shop_id,
        listing_id=new_id(),
        version=version,
        base=0,
        is_pending=True,
        content=content.model_dump(mode="json"),
        saved_at=now,
    )
    session.add(row)
    session.flush()
    return queries.as_edit(session, seller=seller, listing_id=row.listing_id, row=row)


def _arrived(session: WriteSession, seller: Membership, content: Content) -> Content:
    """With the pictures that uploads have become: the uploads themselves are forgotten after a week."""
    shown = queries.shown_pictures(session, shop_id=seller.shop_id, placed=content.pictures)
    placed: list[PictureText] = []
    known: set[object] = set()
    for each, found in zip(content.pictures, shown, strict=True):
        names = {each.key, found.picture_id or each.key}
        if not names & known:  # the same picture sent twice stands where it came first
            placed.append(each.model_copy(update={"picture_id": found.picture_id or each.picture_id}))
        known |= names
    return content.model_copy(update={"pictures": tuple(placed)})


def _locked(session: WriteSession, seller: Membership, listing_id: UUID) -> ListingEdit | None:
    mine = select(ListingEdit).where(ListingEdit.shop_id == seller.shop_id, ListingEdit.listing_id == listing_id)
    return session.exec(mine.with_for_update().execution_options(populate_existing=True)).one_or_none()


def _require_listing(session: WriteSession, seller: Membership, listing_id: UUID) -> None:
    if queries.listing_of(session, shop_id=seller.shop_id, listing_id=listing_id) is None:
        raise ListingNotFound


def _require_any(session: WriteSession, seller: Membership, listing_id: UUID) -> None:
    if session.get(ListingEdit, (seller.shop_id, listing_id)) is None:
        _require_listing(session, seller, listing_id)


def _tell(session: WriteSession, listing_id: UUID) -> None:
    poke(session, f"edit:{listing_id}")


def _tell_table(session: WriteSession, seller: Membership) -> None:
    poke(session, f"shop-edits:{seller.shop_id}")
