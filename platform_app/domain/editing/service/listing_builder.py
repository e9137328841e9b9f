"""Build a listing from an edit's content, or report every invalid field."""

from collections.abc import Set
from dataclasses import dataclass
from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import GTIN_LENGTHS, MAX_PRICE, Status, are_comparable, is_gtin
from platform_app.domain.catalog.schemas import Listing, ListingInput, PictureInput, Variant, VariantInput
from platform_app.domain.editing import queries, rules
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.schemas.content import ListingContent, VariantContent
from platform_app.domain.editing.service import web_address
from platform_app.domain.media import queries as media
from platform_app.domain.media.schemas import ShopPicture
from platform_app.domain.shared.money import exponent, format_decimal, format_money, has_too_many_decimals, parse_amount
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import MAX_QUANTITY
from platform_app.infra.db import ReadSession, WriteSession

_EXAMPLE = {0: 1250, 2: 1250, 3: 12500}  # an everyday price in minor units, by the currency's decimals


@dataclass(frozen=True)
class BuiltListing:
    """A listing to save, and the new choices of existing variants."""

    listing_input: ListingInput
    new_choices: dict[UUID, tuple[str, ...]]


@dataclass(frozen=True)
class Parts:
    """What the content of an edit says, and every problem by its field; with a problem, it cannot be saved."""

    pictures: dict[str, ShopPicture]  # by their keys in the edit
    variants: list[dict[str, object]]  # the fields of VariantInput
    problems: dict[str, str]


def build(
    session: WriteSession,
    *,
    membership: Membership,
    listing_id: UUID,
    content: ListingContent,
    stored: Listing | None,
    status: Status,
) -> BuiltListing:
    """The listing that this content describes; InvalidEdit with every invalid field."""
    parts = read(session, membership=membership, content=content, stored=stored, status=status)
    if parts.problems:
        raise InvalidEdit(fields=parts.problems)
    listing_input = ListingInput(
        key=stored.key if stored else str(listing_id),
        title=content.title,
        description=content.description,
        category=content.category,
        condition=content.condition,
        status=status,
        tags=content.tags,
        attributes=content.attributes,
        options=tuple(option.name for option in content.options_with_values),
        variants=tuple(VariantInput.model_validate(values) for values in parts.variants),
        pictures=tuple(PictureInput(source=parts.pictures[each.key].source, alt=each.alt) for each in content.pictures),
    )
    known = {variant.id: variant for variant in stored.variants} if stored else {}
    choices = {row.id: row.choice for row in content.variants if row.is_offered and row.id in known}
    changed = {each: choice for each, choice in choices.items() if each and known[each].choice != choice}
    return BuiltListing(listing_input, changed)


def problems(
    session: ReadSession,
    *,
    user_id: UUID,
    shop: str,
    listing_id: UUID,
    content: ListingContent,
    status: Status | None = None,
) -> dict[str, str]:
    """Every invalid field of this content with its message, as `build` would report it now.

    `status` is the new one, None if the listing keeps its own.
    """
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    stored = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    saved_as = status or (stored.status if stored else Status.DRAFT)
    return read(session, membership=membership, content=content, stored=stored, status=saved_as).problems


def read(
    session: ReadSession, *, membership: Membership, content: ListingContent, stored: Listing | None, status: Status
) -> Parts:
    """The pictures and the offered variants of this content, and its problems; a wrong number has another value."""
    currency = stored.currency if stored else membership.currency
    problems = _text_problems(session, content=content) | _option_problems(content)
    wrong_slug = web_address.problem(session, shop_id=membership.shop_id, content=content, stored=stored, status=status)
    problems |= {"slug": wrong_slug} if wrong_slug else {}
    pictures = _resolve_pictures(session, membership=membership, content=content, problems=problems)
    known = {variant.id: variant for variant in stored.variants} if stored else {}
    offered = [(row_index, row) for row_index, row in enumerate(content.variants) if row.is_offered]
    if not offered:
        problems["variants"] = "Offer at least one combination."
    kept_ids = {row.id for _, row in offered if row.id}
    _require_sold_variants(session, membership=membership, stored=stored, kept_ids=kept_ids, problems=problems)
    sources = {picture.id: picture.source for picture in pictures.values()}
    variants = [
        _parse_variant(
            row,
            row_index,
            currency=currency,
            stored=known.get(row.id) if row.id else None,
            problems=problems,
        )
        | {"picture": sources.get(row.picture) if row.picture else None}
        for row_index, row in offered
    ]
    return Parts(pictures, variants, problems)


def _text_problems(session: ReadSession, *, content: ListingContent) -> dict[str, str]:
    problems = {} if content.title else {"title": "Enter a title."}
    if content.category and content.category not in {each.slug for each in catalog.categories(session)}:
        problems["category"] = "Choose a category. This one no longer exists."
    return problems


def _option_problems(content: ListingContent) -> dict[str, str]:
    names = [option.name.casefold() for option in content.options_with_values]
    if "" in names or len(set(names)) < len(names):
        return {"options": "Give each option its own name."}
    choices = [row.choice for row in content.variants]
    if len(set(choices)) < len(choices) or any(len(choice) != len(names) for choice in choices):
        return {"options": "The combinations don't match the options. Remove an option and add it again."}
    ids = [row.id for row in content.variants if row.id]
    return {"options": "A variant can only be in one row."} if len(set(ids)) < len(ids) else {}


def _resolve_pictures(
    session: ReadSession, *, membership: Membership, content: ListingContent, problems: dict[str, str]
) -> dict[str, ShopPicture]:
    """The shop's own pictures by their keys in the edit; problems are added to `problems`."""
    shown = queries.edit_pictures(session, shop_id=membership.shop_id, picture_contents=content.pictures)
    if any(each.picture_id is None and each.reason is None for each in shown):
        problems["pictures"] = "Some pictures are still uploading. Wait a moment, then try again."
    if any(each.picture_id is None and each.reason for each in shown):
        problems["pictures"] = "Remove the pictures that couldn't be used."
    ids = [each.picture_id for each in shown if each.picture_id]
    if len(set(ids)) < len(ids):
        problems["pictures"] = "A picture appears twice. Remove one of the copies."
    by_id = {each.id: each for each in media.pictures(session, shop_id=membership.shop_id, picture_ids=ids)}
    return {each.key: by_id[each.picture_id] for each in shown if each.picture_id}


def _require_sold_variants(
    session: ReadSession,
    *,
    membership: Membership,
    stored: Listing | None,
    kept_ids: Set[UUID],
    problems: dict[str, str],
) -> None:
    """Report variants that were removed but have been sold: orders still refer to them."""
    removed = {variant.id: variant for variant in stored.variants if variant.id not in kept_ids} if stored else {}
    sold_ids = (
        stock.sold_variant_ids(session, shop_id=membership.shop_id, variant_ids=list(removed)) if removed else set()
    )
    if sold_ids:
        name = " / ".join(removed[min(sold_ids)].choice) or "This listing without options"
        problems["variants"] = f"{name} has been sold, so it can't be removed. Set its stock to 0 instead."


def _parse_variant(
    row: VariantContent, row_index: int, *, currency: str, stored: Variant | None, problems: dict[str, str]
) -> dict[str, object]:
    """A row of the grid as numbers; errors are added to `problems` under keys such as `variants.3.price`."""
    price = parse_amount(row.price, currency)
    if price is None or not 0 < price <= MAX_PRICE:
        example = f"Enter a price such as {format_decimal(_EXAMPLE[exponent(currency)], currency)}."
        problems[f"variants.{row_index}.price"] = _amount_problem(row.price, currency) or example
        price = 1
    compare_at = parse_amount(row.compare_at, currency) if row.compare_at else None
    if row.compare_at and (compare_at is None or not price < compare_at <= MAX_PRICE):
        lower = "Enter an original price higher than the price, or leave it empty."
        problems[f"variants.{row_index}.compare_at"] = _amount_problem(row.compare_at, currency) or lower
        compare_at = None
    quantity = stored.tracked_quantity if stored and row.stock == row.stock_was else _parse_quantity(row.stock)
    if quantity == -1:
        problems[f"variants.{row_index}.stock"] = "Enter a whole number, or leave it empty to sell without a limit."
        quantity = None
    return {
        "choice": row.choice, "sku": row.sku, "price": price, "compare_at": compare_at, "quantity": quantity,
        **_parse_details(row, row_index, stored=stored, problems=problems),
    }  # fmt: skip


def _parse_details(
    row: VariantContent, row_index: int, *, stored: Variant | None, problems: dict[str, str]
) -> dict[str, str]:
    """Barcode and measures; what was not edited is as it is stored."""
    details = stored.model_dump(include={"barcode", "weight", "measure", "base_measure"}) if stored else {}
    if row.barcode is not None:
        details["barcode"] = rules.parse_barcode(row.barcode)
        if details["barcode"] and not is_gtin(details["barcode"]):
            problems[f"variants.{row_index}.barcode"] = _barcode_problem(details["barcode"])
    if row.weight is not None:
        weight = rules.parse_weight(row.weight)
        if weight is None:
            problems[f"variants.{row_index}.weight"] = "Enter a weight such as 450 g or 1.2 kg, or leave it empty."
        details["weight"] = weight or ""
    return details | _parse_measures(row, row_index, stored=stored, problems=problems)


def _parse_measures(
    row: VariantContent, row_index: int, *, stored: Variant | None, problems: dict[str, str]
) -> dict[str, str]:
    """What one item contains and what its unit price is for, which have to be comparable."""
    found: dict[str, str] = stored.model_dump(include={"measure", "base_measure"}) if stored else {}
    for name, example in (("measure", "500 ml or 10 items"), ("base_measure", "100 ml or 1 kg")):
        typed = row.measure if name == "measure" else row.base_measure
        if typed is None:
            continue
        parsed = rules.parse_measure(typed)
        if parsed is None:
            problems[f"variants.{row_index}.{name}"] = f"Enter a quantity such as {example}, or leave it empty."
        found[name] = parsed or ""
    measure, base = found.get("measure", ""), found.get("base_measure", "")
    key = f"variants.{row_index}.base_measure"
    if base and not measure and f"variants.{row_index}.measure" not in problems and row.base_measure:
        problems[key] = "Enter the contents too, or leave this empty."
    if base and measure and not are_comparable(measure, base) and (row.measure or row.base_measure):
        problems[key] = f"This can't be compared with {measure}. Use the same kind of unit, or leave it empty."
    return found


def _barcode_problem(code: str) -> str:
    if code.isascii() and code.isdigit() and len(code) in GTIN_LENGTHS:
        return "One digit of this barcode is wrong: its last digit doesn't match the others."
    return "Enter the 8, 12, 13 or 14 digits under the barcode, or leave it empty."


def _amount_problem(typed: str, currency: str) -> str:
    """What is wrong with an amount as such; empty if it is none, or one that only does not fit here."""
    if has_too_many_decimals(typed, currency):
        places = exponent(currency)
        allowed = f"at most {places} decimals" if places else "no decimals"
        return f"Amounts in {currency} have {allowed}."
    amount = parse_amount(typed, currency)
    highest = format_money(MAX_PRICE, currency)
    return f"Enter an amount of at most {highest}." if amount is not None and amount > MAX_PRICE else ""


def _parse_quantity(typed: str) -> int | None:
    """The typed quantity; None if empty, -1 if invalid."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and int(typed) <= MAX_QUANTITY else -1
