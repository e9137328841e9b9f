"""The editor's field for the web address of the listing."""

import reflex as rx

from pages.components import el
from pages.components.field import text_field
from pages.editing import shared
from platform_app.domain.catalog.rules import MAX_WISHED_SLUG
from state.core import browser
from state.editing import EditorState

_ID = "web-address"
# Shows what the title gives, unless the seller has typed something else or is about to.
_FOLLOW = f"""(slug) => {{
  const area = document.getElementById('{_ID}'), field = area?.querySelector('input');
  if (!field) return;
  const isUntouched = field.value === '' || field.value === area.dataset.shown;
  if (isUntouched && document.activeElement !== field) field.value = slug;
  area.dataset.shown = slug;
}}"""


def web_address() -> rx.Component:
    """The end of the listing's URL, after that of its shop; at first what the title gives."""
    field = text_field(
        "slug", "Web address", form=shared.FORM, error=shared.error("slug"), prefix=EditorState.url_prefix,
        hint="Lower-case letters from a to z, digits and hyphens. If you change it later, links to the old address still work.",
        max_length=MAX_WISHED_SLUG, spell_check=False, auto_capitalize="none", auto_complete="off",
        default_value=EditorState.web_address, key=shared.revision_key("slug"), **shared.autosave(EditorState.set_field, "slug"),
    )  # fmt: skip
    follow = {"data-follow": browser.run_on_change(EditorState.web_address, _FOLLOW)}
    return el.div(field, id=_ID, custom_attrs=follow)
