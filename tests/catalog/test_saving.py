"""Saving listings."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import event, text

from platform_app.domain.catalog import queries, service
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, outbox
from platform_app.infra.db import WriteSession
from tests.factories import NOW, index_listings, make_draft, make_listing, make_shop


def save(session: WriteSession, *drafts: ListingInput) -> list[bool]:
    shop = make_shop(session)
    return [done.changed for done in service.save_many(session, shop=shop, inputs=drafts, reason=Reason.EDIT, now=NOW)]


SHIRT = make_draft(
    key="shirt",
    title="Linen shirt",
    options=("Colour", "Size"),
    variants=(
        VariantInput(
            choice=("Oat", "S"), price=5000, compare_at=6000, quantity=3, picture="https://example.org/oat.jpg"
        ),
        VariantInput(choice=("Oat", "M"), price=5200, quantity=0),
        VariantInput(choice=("Ink", "S"), price=5000, quantity=None),
    ),
    pictures=(
        PictureInput(source="https://example.org/oat.jpg", alt="Oat"),
        PictureInput(source="https://example.org/b.jpg"),
    ),
    tags=("linen", "summer"),
    attributes={"Material": "Linen"},
)


def test_a_saved_draft_is_read_back_unchanged(session: WriteSession) -> None:
    listing = make_listing(session, **SHIRT.model_dump())
    assert queries.to_input(listing) == SHIRT
    assert [variant.available for variant in listing.variants] == [3, 0, None]
    assert listing.slug == "linen-shirt"
    assert listing.version == 1


def test_only_variants_that_differ_are_written(session: WriteSession) -> None:
    def versions() -> dict[tuple[str, ...], str]:
        rows = session.execute(text("SELECT choice, ctid::text FROM variant")).all()
        return {tuple(choice): version for choice, version in rows}

    def written(draft: ListingInput) -> list[tuple[str, ...]]:
        before = versions()
        assert save(session, draft) == [True]
        assert (
            queries.to_input(queries.shop_listings(session, shop_id=make_shop(session).id, ids=[listing.id])[0])
            == draft
        )
        return sorted(choice for choice, version in versions().items() if before.get(choice) != version)

    listing = make_listing(session, **SHIRT.model_dump())
    oat_s, oat_m, ink_s = SHIRT.variants
    assert written(SHIRT.model_copy(update={"title": "Linen shirt, long"})) == []
    dearer = oat_m.model_copy(update={"price": 5300})
    assert written(SHIRT.model_copy(update={"variants": (oat_s, dearer, ink_s)})) == [("Oat", "M")]
    plain = oat_s.model_copy(update={"picture": None})
    assert written(SHIRT.model_copy(update={"variants": (plain, dearer, ink_s)})) == [("Oat", "S")]
    assert written(SHIRT.model_copy(update={"variants": (plain, ink_s)})) == [("Ink", "S")]  # moves up


def test_saving_an_unchanged_draft_changes_nothing(session: WriteSession) -> None:
    assert save(session, SHIRT) == [True]
    before = outbox.backlog(session).waiting
    assert save(session, SHIRT) == [False]
    assert outbox.backlog(session).waiting == before


def test_a_variant_keeps_its_id_while_its_option_values_stay(session: WriteSession) -> None:
    first = make_listing(session, **SHIRT.model_dump())
    fewer = SHIRT.model_copy(
        update={"variants": (SHIRT.variants[2].model_copy(update={"price": 4000}), SHIRT.variants[0])}
    )
    second = make_listing(session, **fewer.model_dump())
    ids = {variant.choice: variant.id for variant in first.variants}
    assert [variant.id for variant in second.variants] == [ids["Ink", "S"], ids["Oat", "S"]]
    assert [variant.price for variant in second.variants] == [4000, 5000]
    assert second.version == 2


def test_two_listings_of_one_title_get_different_slugs(session: WriteSession) -> None:
    save(session, make_draft(key="a", title="Mug"), make_draft(key="b", title="Mug"), make_draft(key="c", title="¡¡!!"))
    save(session, make_draft(key="d", title="Mug"))
    shop = make_shop(session)
    found = queries.listings_by_key(session, shop_id=shop.id, keys=["a", "b", "c", "d"])
    assert {key: listing.slug for key, listing in found.items()} == {
        "a": "mug",
        "b": "mug-2",
        "c": "listing",
        "d": "mug-3",
    }


def test_a_draft_listing_is_not_shown(session: WriteSession) -> None:
    listing = make_listing(session, status=Status.DRAFT)
    with pytest.raises(ListingNotFound):
        queries.published_listing(session, listing_id=listing.id)
    with pytest.raises(ListingNotFound):
        queries.listing_by_slug(session, shop="clay-and-co", listing=listing.slug)


def test_deleting_listings_leaves_no_rows(session: WriteSession) -> None:
    listing = make_listing(session, **SHIRT.model_dump())
    shop = make_shop(session)
    assert service.remove_many(session, shop=shop, keys=["shirt", "no such"]) == ["shirt"]
    assert queries.shop_listings(session, shop_id=listing.shop_id, ids=[listing.id]) == []


@pytest.mark.parametrize("price", [0, -1, 2**53])
def test_a_draft_with_an_absurd_price_is_refused(price: int) -> None:
    with pytest.raises(ValidationError):
        VariantInput(price=price)


@pytest.mark.usefixtures("clean")
def test_saving_while_indexing_never_deadlocks() -> None:
    drafts = [make_draft(key=f"k{number:02d}", title=f"Mug {number}") for number in range(60)]
    with db.writing() as session:
        shop = make_shop(session)
        ids = [
            done.listing_id
            for done in service.save_many(session, shop=shop, inputs=drafts, reason=Reason.EDIT, now=NOW)
        ]
    failed: list[Exception] = []

    def attempt(work: Callable[[db.WriteSession, int], object]) -> None:
        for turn in range(12):
            try:
                with db.writing() as session:
                    work(session, turn)
            except Exception as error:
                failed.append(error)

    def save(session: db.WriteSession, turn: int) -> None:
        renamed = [draft.model_copy(update={"title": f"{draft.title} {turn}"}) for draft in reversed(drafts)]
        service.save_many(session, shop=shop, inputs=renamed, reason=Reason.EDIT, now=NOW)

    threads = [
        threading.Thread(target=attempt, args=[work])
        for work in (save, lambda session, _: index_listings(session, *ids))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_no_statement_has_a_parameter_per_variant(session: WriteSession) -> None:
    """PostgreSQL takes at most 65,535 parameters, and an import saves more variants than that at once."""
    choices = [(str(first), str(second)) for first in range(25) for second in range(20)]
    counts: list[int] = []

    def count(_conn: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, executemany: bool) -> None:
        counts.extend(len(each) for each in (parameters if executemany else [parameters]))

    event.listen(db.engine(), "before_cursor_execute", count)
    try:
        for price in (100, 200):
            variants = tuple(VariantInput(choice=choice, price=price, quantity=price) for choice in choices)
            many = [make_draft(key=f"m{n}", options=("A", "B"), variants=variants) for n in range(3)]
            assert save(session, *many) == [True] * 3
    finally:
        event.remove(db.engine(), "before_cursor_execute", count)
    assert len(counts) > 3 * len(choices)
    assert max(counts) < len(choices)


def test_an_empty_shop_of_a_dry_run_is_deleted_and_one_with_listings_is_not(session: WriteSession) -> None:
    empty, full = make_shop(session, slug="empty"), make_shop(session, slug="full")
    make_listing(session, shop=full)
    assert (service.delete_shop_if_empty(session, shop=empty), service.delete_shop_if_empty(session, shop=full)) == (
        True,
        False,
    )


@pytest.mark.usefixtures("clean")
def test_concurrent_saves_make_one_listing_per_key() -> None:
    with db.writing() as session:
        shop = make_shop(session)
    drafts = [make_draft(key=f"k{number}", title="Same title") for number in range(40)]
    barrier = threading.Barrier(4)
    created: list[UUID] = []

    def work() -> None:
        barrier.wait()
        with db.writing() as session:
            saved = service.save_many(session, shop=shop, inputs=drafts, reason=Reason.EDIT, now=NOW)
            created.extend(done.listing_id for done in saved if done.changed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 40
    with db.reading() as session:
        found = queries.listings_by_key(session, shop_id=shop.id, keys=[draft.key for draft in drafts])
    assert len({listing.slug for listing in found.values()}) == 40
