"""The table of all pages."""

from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from pages.accounts.addresses import addresses_page
from pages.accounts.data import data_page
from pages.accounts.door import forgot_page, reset_page, sign_in_page, sign_up_page
from pages.accounts.mailed import check_mail_page, confirm_email_page, verify_page
from pages.accounts.profile import profile_page
from pages.accounts.security import security_page
from pages.activity import figures_page
from pages.category import category_page
from pages.components import el
from pages.dev.components.page import components_page
from pages.dev.mail import mail_page
from pages.editing.editor import editor_page
from pages.editing.table import listings_page
from pages.favourites import favourites_page
from pages.frame import apology, connection_bar
from pages.home import home_page
from pages.imports.every import imports_page
from pages.imports.one import import_page
from pages.listing import listing_page
from pages.missing import missing_page
from pages.notifications import notifications_page
from pages.search import search_page
from pages.selling.home import shop_home_page
from pages.selling.mine import my_shops_page
from pages.selling.opening import opening_page
from pages.selling.settings import settings_page
from pages.selling.staff import staff_page
from pages.shop import shop_page
from state import runtime
from state.accounts import AccountState, AddressesState, DataState, SecurityState, SignInState
from state.activity import FiguresState
from state.catalog import CategoryState, ListingState
from state.dev import MailState
from state.editing import EditorState
from state.editing_table import ListingsState
from state.favourites import FavouritesState
from state.home import HomeState
from state.imports import ImportsState, ImportState
from state.notifications import NotificationsState
from state.search import SearchState
from state.selling import MyShopsState, OpeningState, ShopHomeState, ShopSettingsState, StaffState
from state.shell import ShellState
from state.shops import ShopState

PROMISE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."


@dataclass(frozen=True)
class Route:
    """A page, where it is, and what it is called; a title from state holds the title of what the page shows."""

    path: str
    page: Callable[[], rx.Component]
    title: str | rx.Var[str]
    description: str
    on_load: rx.EventHandler | None
    is_private: bool = False


def _titled(title: rx.Var[str]) -> rx.Var[str]:
    known: rx.Var[str] = rx.cond(title != "", title, runtime.current_title())
    return known


ROUTES: tuple[Route, ...] = (
    Route("/", home_page, "Plaza · Good things from independent shops", PROMISE, runtime.handler(HomeState.load)),
    Route("/search", search_page, "Search · Plaza", "Search all shops on Plaza.", runtime.handler(SearchState.load)),
    Route("/c/[category]", category_page, _titled(CategoryState.title), PROMISE, runtime.handler(CategoryState.load)),
    Route("/shops/[shop]", shop_page, _titled(ShopState.title), PROMISE, runtime.handler(ShopState.load)),
    Route(
        "/shops/[shop]/[listing]",
        listing_page,
        _titled(ListingState.title),
        PROMISE,
        runtime.handler(ListingState.load),
    ),
    Route(
        "404", missing_page, "Not found · Plaza", "There is nothing at this address.", runtime.handler(ShellState.load)
    ),
)
_NO_INDEX = [{"name": "robots", "content": "noindex"}]
_SHELL = runtime.handler(ShellState.load)
PRIVATE_ROUTES: tuple[Route, ...] = tuple(
    Route(path, page, f"{title} · Plaza", PROMISE, load, is_private=True)
    for path, page, title, load in (
        ("/sign-in", sign_in_page, "Sign in", runtime.handler(SignInState.load)),
        ("/sign-up", sign_up_page, "Create an account", runtime.handler(SignInState.load)),
        ("/forgot", forgot_page, "Forgot your password?", _SHELL),
        ("/reset", reset_page, "Choose a new password", _SHELL),
        ("/check-mail", check_mail_page, "Check your mail", _SHELL),
        ("/verify", verify_page, "Confirm your e-mail address", _SHELL),
        ("/confirm-email", confirm_email_page, "Confirm your e-mail address", _SHELL),
        ("/account", profile_page, "Profile", runtime.handler(AccountState.load)),
        ("/account/security", security_page, "Security", runtime.handler(SecurityState.load)),
        ("/account/addresses", addresses_page, "Addresses", runtime.handler(AddressesState.load)),
        ("/account/notifications", notifications_page, "Notifications", runtime.handler(NotificationsState.load)),
        ("/account/data", data_page, "Your data", runtime.handler(DataState.load)),
        ("/favourites", favourites_page, "Favourites", runtime.handler(FavouritesState.load)),
        ("/sell", my_shops_page, "Sell", runtime.handler(MyShopsState.load)),
        ("/sell/open", opening_page, "Open a shop", runtime.handler(OpeningState.load)),
        ("/sell/[shop]", shop_home_page, "Your shop", runtime.handler(ShopHomeState.load)),
        ("/sell/[shop]/settings", settings_page, "Shop settings", runtime.handler(ShopSettingsState.load)),
        ("/sell/[shop]/staff", staff_page, "Staff", runtime.handler(StaffState.load)),
        ("/sell/[shop]/listings", listings_page, "Listings", runtime.handler(ListingsState.load)),
        ("/sell/[shop]/listings/[listing]", editor_page, "Listing", runtime.handler(EditorState.load)),
        ("/sell/[shop]/figures", figures_page, "Figures", runtime.handler(FiguresState.load)),
        ("/sell/[shop]/imports", imports_page, "Imports", runtime.handler(ImportsState.load)),
        ("/sell/[shop]/imports/[import_id]", import_page, "Import", runtime.handler(ImportState.load)),
    )
)
DEVELOPMENT_ROUTES: tuple[Route, ...] = (
    Route(
        "/dev/components",
        components_page,
        "Components · Plaza",
        "What pages are made of.",
        runtime.handler(ShellState.load),
    ),
    Route("/dev/mail", mail_page, "Outbox · Plaza", "Mail that was not sent.", runtime.handler(MailState.load), True),
)


def add_pages(app: rx.App, *, development: bool = False) -> None:
    """Give the app its look and every page."""
    app.stylesheets = ["/plaza.css"]
    app.html_lang = "en"
    app.head_components = _head()
    app.app_wraps[(5, "Overlay")] = lambda stateful: el.fragment(connection_bar(), apology()) if stateful else None
    for route in (*ROUTES, *PRIVATE_ROUTES, *(DEVELOPMENT_ROUTES if development else ())):
        app.add_page(
            route.page,
            route=route.path,
            title=route.title,
            description=route.description,
            meta=_NO_INDEX if route.is_private else [],
            on_load=route.on_load,
        )


def _head() -> list[rx.Component]:
    return [
        el.head_link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        el.meta(name="theme-color", content="#faf7f2", custom_attrs={"media": "(prefers-color-scheme: light)"}),
        el.meta(name="theme-color", content="#171411", custom_attrs={"media": "(prefers-color-scheme: dark)"}),
    ]
