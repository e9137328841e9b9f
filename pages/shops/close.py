"""The page that closes a shop, and says before what happens to everything in it."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import second_factor
from pages.components import el
from pages.components.callout import description_item, description_list
from pages.components.field import password_field, text_field
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from state.shops_studio import CloseShopState

_FORM = forms.define_form("close-shop")
_CONSEQUENCES = (
    ("Listings", "They leave search, categories and your shop's page at once. Drafts and archived listings are kept until the shop is deleted."),
    ("Pictures", "They are kept for the 30 days, and then deleted with the listings."),
    ("Members", "Nobody can work in the shop any more, and open invitations can't be accepted. If you reopen it, everyone has their access back."),
    ("Followers", "The shop disappears from the shops they follow. If you reopen it, they follow it again."),
    ("Favourites", "People keep what they liked in their lists, by its title, without a price or a link."),
)  # fmt: skip


def close_shop_page() -> rx.Component:
    """What closing means, and the form that does it."""
    state = CloseShopState
    web_address = el.fragment(
        state.public_path, " leads nowhere, and is kept for you. Once the shop is deleted, it says so for ever: nobody "
        "else gets this address.",
    )  # fmt: skip
    return studio_layout(
        state,
        "Close this shop",
        el.fragment("You can reopen it until ", state.last_day, ". After that, it is deleted with everything in it."),
        panel(
            "What happens",
            "As soon as you close it.",
            description_list(
                *(description_item(term, text) for term, text in _CONSEQUENCES),
                description_item("Web address", web_address),
            ),
        ),
        el.div(
            panel("Confirm", "Only an owner can close a shop. All its owners get a mail.", _form()),
            class_name="border-t border-line pt-8",
        ),
    )


def _form() -> rx.Component:
    form, state = _FORM, CloseShopState
    return forms.form(
        form,
        el.p("To confirm, type the shop's name: ", el.span(state.name, class_name="font-medium wrap-anywhere")),
        text_field(
            "name", "Shop name", form=form.name, error=forms.error(form, "name"), max_length=200, auto_complete="off",
            spell_check=False, auto_capitalize="none",
        ),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        second_factor(form, state.has_totp),
        el.div(forms.submit(form, "Close the shop", is_secondary=True)),
        action=state.api_url,
    )  # fmt: skip


ROUTES = (private("/sell/[shop]/close", close_shop_page, "Close this shop", CloseShopState.load),)
