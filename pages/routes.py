"""The routes of all pages."""

from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from pages.accounts.email_links import check_mail_page, confirm_email_page, verify_page
from pages.accounts.personal_data import personal_data_page
from pages.accounts.postal_addresses import postal_addresses_page
from pages.accounts.profile import profile_page
from pages.accounts.security import security_page
from pages.accounts.sign_in import forgot_page, reset_page, sign_in_page, sign_up_page
from pages.activity.stats import stats_page
from pages.catalog.category import category_page
from pages.catalog.home import home_page
from pages.catalog.listing import listing_page
from pages.components import el
from pages.dev.components.page import components_page
from pages.dev.mail import mail_page
from pages.editing.editor import editor_page
from pages.editing.table import listings_page
from pages.favourites.favourites import favourites_page
from pages.following import following_page
from pages.imports.detail import import_page
from pages.imports.list import imports_page
from pages.layout.layout import connection_banner, error_toast
from pages.layout.not_found import not_found_page
from pages.notifications.notifications import notifications_page
from pages.search.search import search_page
from pages.shops.my_shops import my_shops_page
from pages.shops.open_shop import open_shop_page
from pages.shops.settings import shop_settings_page
from pages.shops.shop import shop_page
from pages.shops.staff import staff_page
from pages.shops.studio_home import shop_home_page
from state.accounts import AccountState, PersonalDataState, PostalAddressesState, SecurityState, SignInState
from state.activity import ActivityStatsState
from state.catalog import CategoryState, ListingState
from state.catalog_home import HomeState
from state.core import browser
from state.dev import MailState
from state.editing import EditorState
from state.editing_table import ListingsState
from state.favourites import FavouritesState
from state.following import FollowingState
from state.imports import ImportsState, ImportState
from state.layout import LayoutState
from state.notifications import NotificationsState
from state.search import SearchState
from state.shops import ShopState
from state.shops_studio import MyShopsState, OpenShopState, ShopHomeState, ShopSettingsState, StaffState

TAGLINE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."


@dataclass(frozen=True)
class Route:
    """A page with its path and title; a title that depends on the content comes from a state."""

    path: str
    page: Callable[[], rx.Component]
    title: str | rx.Var[str]
    description: str
    on_load: rx.EventHandler | None
    is_private: bool = False


def _title_from_state(title: rx.Var[str]) -> rx.Var[str]:
    title_or_current: rx.Var[str] = rx.cond(title != "", title, browser.current_title())
    return title_or_current


ROUTES: tuple[Route, ...] = (
    Route("/", home_page, "Plaza · Good things from independent shops", TAGLINE, browser.event_handler(HomeState.load)),
    Route(
        "/search", search_page, "Search · Plaza", "Search all shops on Plaza.", browser.event_handler(SearchState.load)
    ),
    Route(
        "/c/[category]",
        category_page,
        _title_from_state(CategoryState.title),
        TAGLINE,
        browser.event_handler(CategoryState.load),
    ),
    Route(
        "/shops/[shop]", shop_page, _title_from_state(ShopState.title), TAGLINE, browser.event_handler(ShopState.load)
    ),
    Route(
        "/shops/[shop]/[listing]",
        listing_page,
        _title_from_state(ListingState.title),
        TAGLINE,
        browser.event_handler(ListingState.load),
    ),
    Route(
        "404",
        not_found_page,
        "Not found · Plaza",
        "There is nothing at this address.",
        browser.event_handler(LayoutState.load),
    ),
)
_NO_INDEX = [{"name": "robots", "content": "noindex"}]
_LOAD_LAYOUT = browser.event_handler(LayoutState.load)
PRIVATE_ROUTES: tuple[Route, ...] = tuple(
    Route(path, page, f"{title} · Plaza", TAGLINE, load, is_private=True)
    for path, page, title, load in (
        ("/sign-in", sign_in_page, "Sign in", browser.event_handler(SignInState.load)),
        ("/sign-up", sign_up_page, "Create an account", browser.event_handler(SignInState.load)),
        ("/forgot", forgot_page, "Forgot your password?", _LOAD_LAYOUT),
        ("/reset", reset_page, "Choose a new password", _LOAD_LAYOUT),
        ("/check-mail", check_mail_page, "Check your mail", _LOAD_LAYOUT),
        ("/verify", verify_page, "Confirm your e-mail address", _LOAD_LAYOUT),
        ("/confirm-email", confirm_email_page, "Confirm your e-mail address", _LOAD_LAYOUT),
        ("/account", profile_page, "Profile", browser.event_handler(AccountState.load)),
        ("/account/security", security_page, "Security", browser.event_handler(SecurityState.load)),
        ("/account/addresses", postal_addresses_page, "Addresses", browser.event_handler(PostalAddressesState.load)),
        ("/account/notifications", notifications_page, "Notifications", browser.event_handler(NotificationsState.load)),
        ("/account/data", personal_data_page, "Your data", browser.event_handler(PersonalDataState.load)),
        ("/favourites", favourites_page, "Favourites", browser.event_handler(FavouritesState.load)),
        ("/following", following_page, "Following", browser.event_handler(FollowingState.load)),
        ("/sell", my_shops_page, "Sell", browser.event_handler(MyShopsState.load)),
        ("/sell/open", open_shop_page, "Open a shop", browser.event_handler(OpenShopState.load)),
        ("/sell/[shop]", shop_home_page, "Your shop", browser.event_handler(ShopHomeState.load)),
        ("/sell/[shop]/settings", shop_settings_page, "Shop settings", browser.event_handler(ShopSettingsState.load)),
        ("/sell/[shop]/staff", staff_page, "Staff", browser.event_handler(StaffState.load)),
        ("/sell/[shop]/listings", listings_page, "Listings", browser.event_handler(ListingsState.load)),
        ("/sell/[shop]/listings/[listing]", editor_page, "Listing", browser.event_handler(EditorState.load)),
        ("/sell/[shop]/figures", stats_page, "Analytics", browser.event_handler(ActivityStatsState.load)),
        ("/sell/[shop]/imports", imports_page, "Imports", browser.event_handler(ImportsState.load)),
        ("/sell/[shop]/imports/[import_id]", import_page, "Import", browser.event_handler(ImportState.load)),
    )
)
DEVELOPMENT_ROUTES: tuple[Route, ...] = (
    Route(
        "/dev/components",
        components_page,
        "Components · Plaza",
        "What pages are made of.",
        browser.event_handler(LayoutState.load),
    ),
    Route(
        "/dev/mail",
        mail_page,
        "Outbox · Plaza",
        "Mails that were stored instead of sent.",
        browser.event_handler(MailState.load),
        True,
    ),
)


def add_pages(app: rx.App, *, development: bool = False) -> None:
    """Add the stylesheet, the head, the overlays and all pages to the app."""
    app.stylesheets = ["/plaza.css"]
    app.html_lang = "en"
    app.head_components = _head()
    app.app_wraps[(5, "Overlay")] = lambda stateful: (
        el.fragment(connection_banner(), error_toast()) if stateful else None
    )
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
