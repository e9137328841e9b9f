"""What travels to the browser: ready text, and no more of it than a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shops.schemas import Membership
from platform_app.presenters.shared import LinkView


@dataclass(frozen=True)
class UserView:
    """Who the page is for; without a name nobody is known to be signed in."""

    name: str = ""
    email: str = ""
    first_name: str = ""
    initial: str = ""
    shop_label: str = "Sell"
    shop_href: str = "/sell"


@dataclass(frozen=True)
class FilterOptionView:
    """One value of a filter, and where choosing it leads; choosing an active one takes it back."""

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
    """Everything the results could be narrowed by; empty lists are not shown."""

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
    """Somewhere that what is being typed may lead; `kind` is "words", "category" or "listing"."""

    kind: str
    label: str
    detail: str
    href: str
    picture: str = ""


def user(viewer: Viewer, shops: Sequence[Membership] = ()) -> UserView:
    """The person signed in, and the way to what they sell."""
    first_name = viewer.name.split()[0] if viewer.name.split() else viewer.email
    view = UserView(
        name=viewer.name or first_name, email=viewer.email, first_name=first_name, initial=first_name[:1].upper()
    )
    if not shops:
        return view
    shop_href = f"/sell/{shops[0].slug}" if len(shops) == 1 else "/sell"
    return replace(view, shop_label="Your shop" if len(shops) == 1 else "Your shops", shop_href=shop_href)
