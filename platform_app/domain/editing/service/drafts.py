"""From what was typed to a listing that can be saved, or to what is wrong with it, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import MAX_PRICE, Status
from platform_app.domain.catalog.schemas import Listing, ListingDraft, PictureDraft, VariantDraft
from platform_app.domain.editing import queries
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.schemas.content import Content, VariantText
from platform_app.domain.media import queries as media
from platform_app.domain.media.schemas import KnownPicture
from platform_app.domain.shared.money import parse_amount
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import MAX_QUANTITY
from platform_app.infra.db import WriteSession


@dataclass(frozen=True)
class Made:
    """A draft, and the new choices of variants that stay the same."""

    draft: ListingDraft
    renamed: dict[UUID, tuple[str, ...]]


def made(
    session: WriteSession,
    *,
    seller: Membership,
    listing_id: UUID,
    content: Content,
    stored: Listing | None,
    status: Status,
) -> Made:
    """What saving this content is to make of the listing; InvalidEdit with every field that is in the way."""
    currency = stored.currency if stored else seller.currency
    problems: dict[str, str] = {}
    if not content.title:
        problems["title"] = "Give the listing a title."
    problems |= _option_problems(content)
    if content.category and content.category not in {each.slug for each in catalog.categories(session)}:
        problems["category"] = "Choose a category; this one is not there any more."
    pictures = _pictures(session, seller=seller, content=content, problems=problems)
    known = {variant.id: variant for variant in stored.variants} if stored else {}
    offered = [(place, row) for place, row in enumerate(content.variants) if row.is_offered]
    if not offered:
        problems["variants"] = "Offer at least one combination."
    _keep_sold(session, seller=seller, stored=stored, kept=[row.id for _, row in offered if row.id], problems=problems)
    sources = {picture.id: picture.source for picture in pictures.values()}
    variants = [
        _variant(
            row, place, currency=currency, was=known[row.id].counted if row.id in known else None, problems=problems
        )
        | {"picture": sources.get(row.picture) if row.picture else None}
        for place, row in offered
    ]
    if problems:
        raise InvalidEdit(fields=problems)
    draft = ListingDraft(
        key=stored.key if stored else str(listing_id),
        title=content.title,
        description=content.description,
        category=content.category,
        condition=content.condition,
        status=status,
        tags=content.tags,
        attributes=content.attributes,
        options=tuple(option.name for option in content.chosen),
        variants=tuple(VariantDraft.model_validate(said) for said in variants),
        pictures=tuple(PictureDraft(source=pictures[each.key].source, alt=each.alt) for each in content.pictures),
    )
    kept = {row.id: row.choice for _, row in offered if row.id in known}
    return Made(draft, {one: choice for one, choice in kept.items() if one and known[one].choice != choice})


def _option_problems(content: Content) -> dict[str, str]:
    names = [option.name.casefold() for option in content.chosen]
    if "" in names or len(set(names)) < len(names):
        return {"options": "Give every option a name of its own."}
    choices = [row.choice for row in content.variants]
    if len(set(choices)) < len(choices) or any(len(choice) != len(names) for choice in choices):
        return {"options": "The combinations do not match the options. Remove an option and add it again."}
    ids = [row.id for row in content.variants if row.id]
    return {"options": "A variant can stand in one row only."} if len(set(ids)) < len(ids) else {}


def _pictures(
    session: WriteSession, *, seller: Membership, content: Content, problems: dict[str, str]
) -> dict[str, KnownPicture]:
    """The shop's own pictures, by the keys of their places."""
    shown = queries.shown_pictures(session, shop_id=seller.shop_id, placed=content.pictures)
    if any(each.picture_id is None and each.reason is None for each in shown):
        problems["pictures"] = "Some pictures are still on their way. Wait a moment, then try again."
    if any(each.picture_id is None and each.reason for each in shown):
        problems["pictures"] = "Remove the pictures that could not be used."
    ids = [each.picture_id for each in shown if each.picture_id]
    if len(set(ids)) < len(ids):
        problems["pictures"] = "The same picture is there twice. Remove one of them."
    found = {each.id: each for each in media.pictures(session, shop_id=seller.shop_id, picture_ids=ids)}
    return {each.key: found[each.picture_id] for each in shown if each.picture_id}


def _keep_sold(
    session: WriteSession,
    *,
    seller: Membership,
    stored: Listing | None,
    kept: Sequence[UUID],
    problems: dict[str, str],
) -> None:
    """Whatever has been bought stays to be named by those orders."""
    gone = {variant.id: variant for variant in stored.variants if variant.id not in kept} if stored else {}
    sold = stock.any_sold(session, shop_id=seller.shop_id, variant_ids=list(gone)) if gone else set()
    if sold:
        name = " / ".join(gone[min(sold)].choice) or "The listing as one piece"
        problems["variants"] = f"{name} has been sold, so it has to stay. Set its stock to 0 instead."


def _variant(
    row: VariantText, place: int, *, currency: str, was: int | None, problems: dict[str, str]
) -> dict[str, object]:
    """A row of the grid as numbers; what is wrong goes to the problems, by `variants.3.price`."""
    price = parse_amount(row.price, currency)
    if price is None or not 0 < price <= MAX_PRICE:
        problems[f"variants.{place}.price"] = "Enter a price such as 12.50."
        price = 1
    compare_at = parse_amount(row.compare_at, currency) if row.compare_at else None
    if row.compare_at and (compare_at is None or not price < compare_at <= MAX_PRICE):
        problems[f"variants.{place}.compare_at"] = "Enter a former price that is higher than the price, or nothing."
        compare_at = None
    quantity = was if row.stock == row.stock_was and row.id else _quantity(row.stock)
    if quantity == -1:
        problems[f"variants.{place}.stock"] = "Enter a whole number, or nothing if you do not count."
        quantity = None
    return {
        "choice": row.choice, "sku": row.sku, "price": price, "compare_at": compare_at, "quantity": quantity,
    }  # fmt: skip


def _quantity(typed: str) -> int | None:
    """How many that is; -1 for what is no number."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and int(typed) <= MAX_QUANTITY else -1
