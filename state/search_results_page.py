"""What the search, category and shop pages share: pages of listings, and filters."""

import reflex as rx

from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.search import queries as search
from platform_app.domain.search import service
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.schemas import Alternatives, Results
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import search as search_presenters
from platform_app.presenters.search import CardView, CorrectionView, ZeroResultsView
from state import search_filters
from state.core import live_updates, memo, page_url
from state.core.page_url import PageUrl
from state.core.set_if_changed import set_if_changed
from state.favourites import update_favourite_buttons
from state.layout import update_layout
from state.presenters import FiltersView
from state.search_filters import Scope

PAGE_SIZE = 16  # listings: full rows of two and of four, and a delta below 8 kB
MAX_REMEMBERED_LISTS = 20  # per tab


class ResultsPage(rx.State, mixin=True):
    """The listings that match the URL. `loaded` is the URL that they belong to."""

    loaded: rx.Field[str] = rx.field("")
    path: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "missing" or "down"
    title: rx.Field[str] = rx.field("")
    q: rx.Field[str] = rx.field("")
    cards: rx.Field[list[CardView]] = rx.field(default_factory=list)
    total: rx.Field[str] = rx.field("")
    filters: FiltersView = FiltersView()
    correction: CorrectionView = CorrectionView()
    zero_results: ZeroResultsView = ZeroResultsView()
    has_more: rx.Field[bool] = rx.field(False)
    load_more_failed: rx.Field[bool] = rx.field(False)
    _cursor: str = ""
    _lengths: tuple[tuple[str, int], ...] = ()  # of the longer lists that this tab has shown: URL, listings

    @rx.event
    async def load(self) -> None:
        """Show the results for the URL: the first page, or as many as the tab has shown there before."""
        await update_layout(self)
        self._remember_length()
        length = dict(self._lengths).get(page_url.current(self).key, PAGE_SIZE)
        await self._show(limit=length, is_visit=True)

    @rx.event
    async def refresh(self) -> None:
        """Read the shown results again after a change."""
        await self._show(limit=self._length())

    @rx.event
    async def show_more(self) -> None:
        """Append the next page; start again if the cursor is invalid."""
        if not self._cursor:
            return
        try:
            scope = await self._scope(page_url.current(self))
            found = await self._results(scope, cursor=self._cursor, limit=PAGE_SIZE)
        except (DatabaseUnavailable, NotFound):
            self.load_more_failed = True
            return
        except InvalidCursor:
            await self._show(limit=PAGE_SIZE)
            return
        cards = [*self.get_value("cards"), *memo.memoize(found, "cards", lambda: search_presenters.cards(found.items))]
        self.cards = cards
        self._set_page(found)
        await update_favourite_buttons(self, [card.id for card in cards])

    async def _show(self, *, limit: int, is_visit: bool = False) -> None:
        """Show everything in one delta; log a visitor's search that finds nothing."""
        url = page_url.current(self)
        set_if_changed(self, q=url.query.get("q", ""))
        try:
            scope = await self._scope(url)
            # Subscribe before reading, so that no change in between is missed.
            live_updates.subscribe(self, tags=self._tags(scope), refresh=type(self).refresh)
            found = await self._results(scope, cursor=None, limit=limit)
            alternatives = None if found.total else await self._alternatives(scope)
        except (NotFound, DatabaseUnavailable) as error:
            self._set_failure(url, "missing" if isinstance(error, NotFound) else "down")
            return
        selected = search_filters.parse_filters(url.lists, scope)
        cards = memo.memoize(found, "cards", lambda: search_presenters.cards(found.items))
        set_if_changed(
            self,
            cards=cards,
            total=found.total_text,
            correction=search_presenters.correction(found.correction, path=scope.path, filters=selected),
            zero_results=search_presenters.zero_results(alternatives, filters=selected, shop=scope.shop)
            if alternatives
            else ZeroResultsView(),
            filters=memo.memoize(
                found,
                url.key,
                lambda: search_filters.filters_view(selected, scope, found.facets, query=url.query),
            ),
            loaded=url.key,
            path=url.path,
            status="ready",
        )
        self._set_page(found)
        if is_visit and alternatives:
            service.log_zero_results(self.q, alternatives, now=utc_now())
        shown = cards or (search_presenters.cards(alternatives.partial) if alternatives else [])
        await update_favourite_buttons(self, [card.id for card in shown])

    def _length(self) -> int:
        return live_updates.reload_limit(len(self.cards), page_size=PAGE_SIZE, has_more=self.has_more)

    def _remember_length(self) -> None:
        """Remember how much of the shown list is loaded; a short list is forgotten."""
        others = [each for each in self._lengths if each[0] != self.loaded]
        own = [(self.loaded, self._length())] if len(self.cards) > PAGE_SIZE else []
        set_if_changed(self, _lengths=(*others, *own)[-MAX_REMEMBERED_LISTS:])

    async def _scope(self, url: PageUrl) -> Scope:
        """The scope of the filters; also sets what the page shows about it. Raises NotFound."""
        raise NotImplementedError

    def _tags(self, scope: Scope) -> tuple[str, ...]:
        return (shop_tag(scope.shop),) if scope.shop else (CATALOG,)

    async def _results(self, scope: Scope, *, cursor: str | None, limit: int) -> Results:
        selected = search_filters.parse_filters(page_url.current(self).lists, scope)
        return await cache.read(
            search.results, search_query=search_filters.search_query(selected, scope, cursor=cursor, limit=limit)
        )

    async def _alternatives(self, scope: Scope) -> Alternatives:
        selected = search_filters.parse_filters(page_url.current(self).lists, scope)
        query = search_filters.search_query(selected, scope, cursor=None, limit=PAGE_SIZE)
        return await cache.read(zero_results.alternatives, search_query=query)

    def _set_page(self, found: Results) -> None:
        set_if_changed(
            self, _cursor=found.next_cursor or "", has_more=found.next_cursor is not None, load_more_failed=False
        )

    def _set_failure(self, url: PageUrl, status: str) -> None:
        self.cards, self.has_more, self._cursor = [], False, ""
        self.loaded, self.path, self.status = url.key, url.path, status
        self.title = "Not found · Plaza" if status == "missing" else self.title
