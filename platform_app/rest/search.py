"""Help with searching, over REST."""

from fastapi import APIRouter

from platform_app.domain.search import rules
from platform_app.domain.search.queries import typeahead
from platform_app.domain.search.schemas import Suggestions
from platform_app.infra import cache
from platform_app.rest.catalog import QueryText

router = APIRouter(prefix="/api/v1/search", tags=["search"])


@router.get("/suggestions")
async def suggestions(q: QueryText = "") -> Suggestions:
    """Where the beginning of a query may lead, from its second letter on.

    Each of `completions` is a whole query that finds something, the commonest first; `categories` and `listings` are
    for going there at once.
    """
    return await cache.read(typeahead.suggestions, words=rules.normalize(q))
