"""Copy favourites to the listings' shops, and count the followers of each listing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import delete, text
from sqlmodel import col, select

from platform_app.domain.favourites.models import Favourite, FavouriteChange, FavouriteCount, ListingFollower
from platform_app.domain.favourites.tags import follower_count_tag
from platform_app.domain.shared.model_base import in_array
from platform_app.infra import owner_locks
from platform_app.infra.db import WriteSession, invalidate

_COUNTING = uuid5(NAMESPACE_URL, "plaza:favourites/counting")
# A favourite outlives its listing and its shop; those of deleted accounts are being deleted.
_ADD = text("""
INSERT INTO listing_follower (shop_id, listing_id, user_id)
SELECT CAST(:shop_id AS uuid), listing_id, user_id
FROM unnest(CAST(:listing_ids AS uuid[]), CAST(:user_ids AS uuid[])) AS pair (listing_id, user_id)
WHERE EXISTS (SELECT 1 FROM shop WHERE id = :shop_id) AND EXISTS (SELECT 1 FROM user_account WHERE id = user_id)
ORDER BY listing_id, user_id ON CONFLICT DO NOTHING""")
_REMOVE = text("""
DELETE FROM listing_follower
USING unnest(CAST(:listing_ids AS uuid[]), CAST(:user_ids AS uuid[])) AS pair (listing_id, user_id)
WHERE shop_id = :shop_id AND (listing_follower.listing_id, listing_follower.user_id) = (pair.listing_id, pair.user_id)""")
# Skips listings that are being deleted, rather than waiting for the lock: their counts are deleted with them.
_COUNT = text("""
WITH held AS (
  SELECT id FROM listing WHERE shop_id = :shop_id AND id = ANY(:listing_ids) ORDER BY id FOR KEY SHARE SKIP LOCKED
)
INSERT INTO favourite_count (shop_id, listing_id, followers)
SELECT CAST(:shop_id AS uuid), id,
  (SELECT count(*) FROM listing_follower WHERE shop_id = :shop_id AND listing_id = held.id) FROM held
ON CONFLICT (shop_id, listing_id) DO UPDATE SET followers = excluded.followers
WHERE favourite_count.followers <> excluded.followers RETURNING listing_id""")
_FAVOURITES = "SELECT shop_id, listing_id, user_id FROM favourite"
_COPIES = "SELECT shop_id, listing_id, user_id FROM listing_follower"
_MISSING = text(f"{_FAVOURITES} EXCEPT {_COPIES}")
_EXTRA = text(f"{_COPIES} EXCEPT {_FAVOURITES}")

Followers = Iterable[tuple[UUID, UUID, UUID]]  # shop, listing, user


def refresh_changed(session: WriteSession) -> int:
    """Copy the favourites that changed, and recount their listings; return how many counts changed."""
    owner_locks.lock_id(session, _COUNTING)
    change = FavouriteChange
    deleted = session.execute(
        delete(change).returning(col(change.shop_id), col(change.listing_id), col(change.user_id))
    )
    changes = {(row.shop_id, row.listing_id, row.user_id) for row in deleted}
    if not changes:
        return 0
    # Only the favourite itself tells what the last of several changes was.
    is_changed = (
        in_array(Favourite.user_id, {user_id for _, _, user_id in changes}),
        in_array(Favourite.listing_id, {listing_id for _, listing_id, _ in changes}),
    )
    liked = select(Favourite.shop_id, Favourite.listing_id, Favourite.user_id).where(*is_changed)
    present = {(row[0], row[1], row[2]) for row in session.exec(liked)}
    return _apply(session, added=changes & present, removed=changes - present)


def refresh_all(session: WriteSession) -> int:
    """Repair the copy and recount every listing; return how many counts changed.

    Deleted accounts remove favourites without a change record, and an earlier release does not write the copy.
    """
    owner_locks.lock_id(session, _COUNTING)
    missing, extra = session.execute(_MISSING).all(), session.execute(_EXTRA).all()
    changed = _apply(
        session,
        added=((row.shop_id, row.listing_id, row.user_id) for row in missing),
        removed=((row.shop_id, row.listing_id, row.user_id) for row in extra),
    )
    counted = select(FavouriteCount.shop_id).union(select(ListingFollower.shop_id))
    for shop_id in session.execute(counted.order_by("shop_id")).scalars().all():
        of_shop = (
            select(table.listing_id).where(table.shop_id == shop_id) for table in (FavouriteCount, ListingFollower)
        )
        first, second = of_shop
        changed += _count(session, shop_id, session.execute(first.union(second)).scalars().all())
    return changed


def _apply(session: WriteSession, *, added: Followers, removed: Followers) -> int:
    """Write followers to the copy and recount their listings, shop by shop."""
    by_shop: dict[UUID, tuple[list[tuple[UUID, UUID]], list[tuple[UUID, UUID]]]] = defaultdict(lambda: ([], []))
    for index, followers in enumerate((added, removed)):
        for shop_id, listing_id, user_id in followers:
            by_shop[shop_id][index].append((listing_id, user_id))
    changed = 0
    for shop_id, groups in sorted(by_shop.items()):
        for statement, pairs in zip((_ADD, _REMOVE), groups, strict=True):
            if pairs:
                columns = {"listing_ids": [pair[0] for pair in pairs], "user_ids": [pair[1] for pair in pairs]}
                session.execute(statement, {"shop_id": shop_id, **columns})
        changed += _count(session, shop_id, sorted({listing_id for pairs in groups for listing_id, _ in pairs}))
    return changed


def _count(session: WriteSession, shop_id: UUID, listing_ids: Sequence[UUID]) -> int:
    values = {"shop_id": shop_id, "listing_ids": list(listing_ids)}
    changed = session.execute(_COUNT, values).scalars().all()
    invalidate(session, *(follower_count_tag(listing_id) for listing_id in changed))
    return len(changed)
