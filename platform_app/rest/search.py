"""Suggestions while typing a query."""

from fastapi import APIRouter

from platform_app.domain.search import rules
from platform_app.domain.search.queries import typeahead
from platform_app.domain.search.schemas import Suggestions
from platform_app.infra import cache
from platform_app.rest.catalog import QueryText

router = APIRouter(prefix="/api/v1/search", tags=["search"])


@router.get("/suggestions")
async def suggestions(q: QueryText = "") -> Suggestions:
    """Suggestions for a partial query of at least two letters.

    `completions` are whole queries that find something, the most frequent first; `categories` and `listings` are direct
    links.
    """
    return await cache.read(typeahead.suggestions, words=rules.normalize(q))
