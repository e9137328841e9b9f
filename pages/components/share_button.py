"""Shares the page: with the device's own dialog, or by copying its URL."""

import reflex as rx

from pages.components import el
from pages.components.button import icon_button
from pages.components.icon import icon
from state.core import browser

_MESSAGE_ID = "shared"
_SHARE = f"""async () => {{
  const message = document.getElementById('{_MESSAGE_ID}'), url = location.href;
  const say = (text) => {{
    message.textContent = text;
    setTimeout(() => {{ message.textContent = ''; }}, 4000);
  }};
  try {{
    if (navigator.share) return await navigator.share({{title: document.title, url}});
    await navigator.clipboard.writeText(url);
    say('Link copied');
  }} catch (error) {{
    if (error.name !== 'AbortError') say("The link can't be copied here.");
  }}
}}"""


def share_button() -> rx.Component:
    """The button, with what came of it beside it."""
    return el.div(
        el.span(id=_MESSAGE_ID, role="status", class_name="text-sm text-soft"),
        icon_button(icon("share-2"), label="Share", on_click=browser.client_event(_SHARE)),
        class_name="flex items-center gap-2",
    )
