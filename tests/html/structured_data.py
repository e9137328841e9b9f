"""What schema.org and search engines require of our structured data, as a validator of our own."""

import re
from collections.abc import Callable, Mapping

from platform_app.domain.shared.money import EXPONENTS

Rule = Callable[[object], bool]
AVAILABILITY = {"https://schema.org/InStock", "https://schema.org/OutOfStock"}
CONDITIONS = {f"https://schema.org/{kind}Condition" for kind in ("New", "Used", "Refurbished")}

RETURN_CATEGORIES = {f"https://schema.org/MerchantReturn{kind}" for kind in ("NotPermitted", "FiniteReturnWindow")}


def is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def is_any_text(value: object) -> bool:
    return isinstance(value, str)


def is_url(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) is not None


def is_price(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+(\.\d{2,3})?", value) is not None


def is_count(value: object) -> bool:
    return isinstance(value, int) and value > 0


def is_currency(value: object) -> bool:
    return value in EXPONENTS


def is_country(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value) is not None


def are_urls(value: object) -> bool:
    return isinstance(value, list) and all(is_url(each) for each in value)


def is_number_of_days(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def one_of(allowed: set[str]) -> Rule:
    return lambda value: value in allowed


def is_thing(*kinds: str) -> Rule:
    return lambda value: isinstance(value, dict) and value.get("@type") in kinds and not problems(value)


def are_things(kind: str) -> Rule:
    return lambda value: isinstance(value, list) and bool(value) and all(is_thing(kind)(each) for each in value)


# By type: the required fields, then the optional ones. Any other field is a mistake.
OFFER: dict[str, Rule] = {
    "priceCurrency": is_currency,
    "availability": one_of(AVAILABILITY),
    "itemCondition": one_of(CONDITIONS),
    "url": is_url,
    "seller": is_thing("Organization"),
}
OFFER_TERMS: dict[str, Rule] = {
    "shippingDetails": is_thing("OfferShippingDetails"),
    "hasMerchantReturnPolicy": is_thing("MerchantReturnPolicy"),
}
TYPES: dict[str, tuple[dict[str, Rule], dict[str, Rule]]] = {
    "Product": (
        {"name": is_text, "description": is_any_text, "offers": is_thing("Offer", "AggregateOffer"), "url": is_url},
        {"image": are_urls, "sku": is_text},
    ),
    "Offer": ({**OFFER, "price": is_price}, OFFER_TERMS),
    "AggregateOffer": ({**OFFER, "lowPrice": is_price, "highPrice": is_price, "offerCount": is_count}, OFFER_TERMS),
    "OfferShippingDetails": (
        {"shippingRate": is_thing("MonetaryAmount"), "shippingDestination": is_thing("DefinedRegion")},
        {"deliveryTime": is_thing("ShippingDeliveryTime")},
    ),
    "MonetaryAmount": ({"value": is_price, "currency": is_currency}, {}),
    "DefinedRegion": ({"addressCountry": is_country}, {}),
    "ShippingDeliveryTime": ({"transitTime": is_thing("QuantitativeValue")}, {}),
    "QuantitativeValue": (
        {"minValue": is_number_of_days, "maxValue": is_number_of_days, "unitCode": one_of({"DAY"})},
        {},
    ),
    "MerchantReturnPolicy": (
        {"applicableCountry": is_country, "returnPolicyCategory": one_of(RETURN_CATEGORIES)},
        {"merchantReturnDays": is_count},
    ),
    "BreadcrumbList": ({"itemListElement": are_things("ListItem")}, {}),
    "ListItem": ({"position": is_count, "name": is_text, "item": is_url}, {}),
    "Organization": ({"name": is_text}, {"url": is_url, "logo": is_url}),
    "Store": (
        {"name": is_text, "url": is_url},
        {"description": is_any_text, "address": is_thing("PostalAddress"), "logo": is_url},
    ),
    "PostalAddress": ({"addressCountry": is_country}, {}),
}


def problems(data: Mapping[str, object], *, is_root: bool = False) -> list[str]:
    """The problems of a thing; with `is_root` it stands alone and must name its vocabulary."""
    kind = str(data.get("@type"))
    if kind not in TYPES:
        return [f"{kind} is no type we use"]
    needed, allowed = TYPES[kind]
    wrong = ["no @context"] if is_root and data.get("@context") != "https://schema.org" else []
    wrong += [f"{kind} has no {name}" for name in needed if name not in data]
    wrong += [f"{kind} has a {name}" for name in data if name not in {"@type", "@context", *needed, *allowed}]
    wrong += [
        f"{kind}: {name} is {data[name]!r}"
        for name, rule in {**needed, **allowed}.items()
        if name in data and not rule(data[name])
    ]
    if kind == "AggregateOffer" and not wrong and float(str(data["lowPrice"])) > float(str(data["highPrice"])):
        wrong.append("the lowest price is above the highest")
    if kind == "BreadcrumbList" and not wrong:
        positions = [each["position"] for each in data["itemListElement"]]  # type: ignore[attr-defined]
        wrong += [] if positions == list(range(1, len(positions) + 1)) else [f"positions are {positions}"]
    return wrong
