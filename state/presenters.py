"""Views that are sent to the browser: final texts, and only what a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shops.schemas import Membership
from platform_app.presenters.shared import LinkView


@dataclass(frozen=True)
class UserView:
    """The signed-in user; without a name, the visitor is signed out or unknown."""

    name: str = ""
    email: str = ""
    first_name: str = ""
    initial: str = ""
    shop_label: str = "Sell"
    shop_href: str = "/sell"


@dataclass(frozen=True)
class CategoryOptionView:
    """A subcategory that has results."""

    label: str
    href: str
    count: str


@dataclass(frozen=True)
class FilterValueView:
    """A value of a filter, as the box beside it sends it."""

    value: str
    label: str
    count: str
    is_active: bool


@dataclass(frozen=True)
class FilterGroupView:
    """A filter with the values that are shown at once and `more` on request, a full filter accepts no further value."""

    name: str
    label: str
    shown: list[FilterValueView]
    more: list[FilterValueView] = field(default_factory=list)
    is_full: bool = False


@dataclass(frozen=True)
class SortOptionView:
    """A sort order: as a link, or as a value to choose; the default order has an empty value."""

    label: str
    value: str
    href: str
    is_active: bool


@dataclass(frozen=True)
class HiddenFieldView:
    """A hidden field that carries a filter through a form."""

    name: str
    value: str


@dataclass(frozen=True)
class FiltersView:
    """All filters for the results; empty lists are not shown."""

    categories: list[CategoryOptionView] = field(default_factory=list)
    groups: list[FilterGroupView] = field(default_factory=list)
    sort_options: list[SortOptionView] = field(default_factory=list)
    sort: str = ""
    active_filters: list[LinkView] = field(default_factory=list)
    clear_href: str = ""
    hidden_fields: list[HiddenFieldView] = field(default_factory=list)
    other_fields: list[HiddenFieldView] = field(default_factory=list)  # all but the query, for a shop's search field
    parents: list[LinkView] = field(default_factory=list)
    price_min: str = ""
    price_max: str = ""
    price_hint: str = ""
    price_error: str = ""
    invalid_prices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SuggestionView:
    """A suggestion for the typed text; `kind` is "query", "category" or "listing"."""

    kind: str
    label: str
    detail: str
    href: str
    picture: str = ""


def user(viewer: Viewer, shops: Sequence[Membership] = ()) -> UserView:
    """The signed-in user, with a link to their shops."""
    first_name = viewer.name.split()[0] if viewer.name.split() else viewer.email
    view = UserView(
        name=viewer.name or first_name, email=viewer.email, first_name=first_name, initial=first_name[:1].upper()
    )
    if not shops:
        return view
    shop_href = f"/sell/{shops[0].slug}" if len(shops) == 1 else "/sell"
    return replace(view, shop_label="Your shop" if len(shops) == 1 else "Your shops", shop_href=shop_href)
