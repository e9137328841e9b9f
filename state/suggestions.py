"""What the search field suggests while somebody types."""

from collections.abc import Sequence

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.search import rules
from platform_app.domain.search.queries import beginnings
from platform_app.domain.search.schemas import Place, Suggestions
from platform_app.domain.shared.addresses import clean
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state import address, views
from state.views import SuggestionView


class SuggestionsState(rx.State):
    """Suggestions, and the `words` they are for."""

    words: rx.Field[str] = rx.field("")
    options: rx.Field[list[SuggestionView]] = rx.field(default_factory=list)

    @rx.event(supersedes=True)
    async def suggest(self, words: str) -> None:
        """Suggest where these words may lead; what is no text leads nowhere, and neither does an outage."""
        typed = clean(words)[: rules.MAX_QUERY] if isinstance(words, str) else ""
        try:
            found = await cache.read(beginnings.suggestions, words=rules.plain(typed))
            tree = await cache.read(catalog.categories) if found.categories else ()
        except DatabaseUnavailable:
            found, tree = Suggestions(), ()
        self.words, self.options = typed, _options(found, tree)


def _options(found: Suggestions, tree: Sequence[Category]) -> list[SuggestionView]:
    return [
        *(SuggestionView("words", each, "", address.href("/search", {"q": each})) for each in found.completions),
        *(SuggestionView("category", each.name, _above(each, tree), f"/c/{each.slug}") for each in found.categories),
        *(
            SuggestionView("listing", card.title, card.price, card.href, card.picture)
            for card in views.cards(found.listings)
        ),
    ]


def _above(place: Place, tree: Sequence[Category]) -> str:
    """Where in the tree a category is."""
    names = {each.slug: each.name for each in tree}
    return "in " + " › ".join(names.get(slug, slug) for slug in place.path[:-1]) if place.path[1:] else "Category"
