"""A shop as the app and the first paint show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from platform_app.domain.sections.schemas import ShopSection
from platform_app.domain.shared import money
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops import rules
from platform_app.domain.shops.schemas import DeliveryTerms, Shop
from platform_app.presenters.shared import holiday_text

MAX_NEWEST = 6  # on the home page


@dataclass(frozen=True)
class ShopView:
    """A shop on a card or at the top of its page."""

    href: str = ""
    name: str = ""
    tagline: str = ""
    about: str = ""
    logo: str = ""
    banner: str = ""
    banner_alt: str = ""
    country: str = ""
    holiday_text: str = ""
    holiday_note: str = ""
    shipping: str = ""
    returns: str = ""


@dataclass(frozen=True)
class SectionLinkView:
    """A link to a section of a shop, or to all of its listings."""

    label: str
    href: str
    is_active: bool


def section_links(
    found: Sequence[ShopSection], *, path: str, filters: Mapping[str, Sequence[str]]
) -> list[SectionLinkView]:
    """The links to a shop's sections, which keep the sort order; none if the shop has no sections."""
    chosen = next(iter(filters.get("section", ())), "")
    sort = {"sort": filters.get("sort", ())}
    links = [("All", ""), *((each.title, each.slug) for each in found)]
    return (
        [
            SectionLinkView(title, href(path, {"section": slug, **sort}), is_active=slug == chosen)
            for title, slug in links
        ]
        if found
        else []
    )


def newest(found: Sequence[Shop]) -> list[ShopView]:
    """The newest shops, for the home page."""
    return [shop(each) for each in found[:MAX_NEWEST]]


def followers(count: int) -> str:
    """How many people follow a shop."""
    if count == 0:
        return "No followers yet"
    return "1 follower" if count == 1 else f"{count:,} followers"


def delivery_terms(terms: DeliveryTerms, currency: str) -> list[str]:
    """What a shop says about delivery and returns, a line each; nothing of what it has left empty."""
    days = _delivery_days(terms)
    cost = terms.delivery_cost
    lines = [" · ".join(filter(None, (_delivery_cost(cost, currency), days)))] if cost is not None else []
    lines += [f"Delivery in {days}"] if cost is None and days else []
    if terms.free_delivery_from is not None and cost != 0:
        lines.append(f"Free delivery from {money.format_money(terms.free_delivery_from, currency)}")
    if terms.returns_days is not None:
        lines.append(f"Returns within {_days(terms.returns_days)}" if terms.returns_days else "No returns")
    return lines


def shop(found: Shop) -> ShopView:
    """A shop's public profile."""
    return ShopView(
        href=f"/shops/{found.slug}",
        name=found.name,
        tagline=found.tagline,
        about=found.about,
        logo=found.mark or "",
        banner=found.cover or "",
        banner_alt=found.cover_alt,
        country=rules.country_name(found.country),
        holiday_text=holiday_text(found.holiday_until),
        holiday_note=found.holiday_note,
        shipping=found.shipping_policy,
        returns=found.returns_policy,
    )


def _delivery_cost(cost: int, currency: str) -> str:
    return f"Delivery {money.format_money(cost, currency)}" if cost else "Free delivery"


def _delivery_days(terms: DeliveryTerms) -> str:
    """The days from an order to its arrival; empty if the shop does not say."""
    first, last = terms.delivery_days_from, terms.delivery_days_to
    if first is None or last is None:
        return ""
    return _days(last) if first == last else f"{first}–{last} days"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
