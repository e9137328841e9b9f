"""Suggestions of the search field while a visitor types."""

from collections.abc import Sequence

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.search import rules
from platform_app.domain.search.queries import typeahead
from platform_app.domain.search.schemas import CategoryPath, Suggestions
from platform_app.domain.shared.query_strings import href, strip_control_characters
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import search as search_presenters
from state.presenters import SuggestionView


class TypeaheadState(rx.State):
    """The suggestions for `query`."""

    query: rx.Field[str] = rx.field("")
    options: rx.Field[list[SuggestionView]] = rx.field(default_factory=list)

    @rx.event(supersedes=True)
    async def suggest(self, query: str) -> None:
        """Suggest queries, categories and listings; nothing in an outage or if `query` is not text."""
        text = strip_control_characters(query)[: rules.MAX_QUERY] if isinstance(query, str) else ""
        try:
            found = await cache.read(typeahead.suggestions, words=rules.normalize(text))
            tree = await cache.read(catalog.categories) if found.categories else ()
        except DatabaseUnavailable:
            found, tree = Suggestions(), ()
        self.query, self.options = text, _options(found, tree)


def _options(found: Suggestions, tree: Sequence[Category]) -> list[SuggestionView]:
    return [
        *(SuggestionView("query", each, "", href("/search", {"q": each})) for each in found.completions),
        *(
            SuggestionView("category", each.name, _category_path(each, tree), f"/c/{each.slug}")
            for each in found.categories
        ),
        *(
            SuggestionView("listing", card.title, card.price, card.href, card.picture)
            for card in search_presenters.cards(found.listings)
        ),
    ]


def _category_path(category: CategoryPath, tree: Sequence[Category]) -> str:
    """A category's parents as text."""
    names = {each.slug: each.name for each in tree}
    return "in " + " › ".join(names.get(slug, slug) for slug in category.path[:-1]) if category.path[1:] else "Category"
