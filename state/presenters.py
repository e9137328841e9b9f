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
class FilterOptionView:
    """A value of a filter with its link; the link of an active value removes the filter."""

    label: str
    href: str
    count: str
    is_active: bool


@dataclass(frozen=True)
class FilterGroupView:
    """A filter with its values."""

    name: str
    options: list[FilterOptionView]


@dataclass(frozen=True)
class HiddenFieldView:
    """A hidden field that carries a filter through a form."""

    name: str
    value: str


@dataclass(frozen=True)
class FiltersView:
    """All filters for the results; empty lists are not shown."""

    categories: list[FilterOptionView] = field(default_factory=list)
    conditions: list[FilterOptionView] = field(default_factory=list)
    stock: list[FilterOptionView] = field(default_factory=list)
    groups: list[FilterGroupView] = field(default_factory=list)
    sort_options: list[FilterOptionView] = field(default_factory=list)
    active_filters: list[LinkView] = field(default_factory=list)
    hidden_fields: list[HiddenFieldView] = field(default_factory=list)
    parents: list[LinkView] = field(default_factory=list)
    price_min: str = ""
    price_max: str = ""
    price_hint: str = ""


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
