"""What the search, category and shop pages have in common: one page of listings after the other, and filters."""

import reflex as rx

from platform_app.domain.search import queries as search
from platform_app.domain.search import service
from platform_app.domain.search.queries import dead_ends
from platform_app.domain.search.rules import plain
from platform_app.domain.search.schemas import Alternatives, Results
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import cache, notes
from platform_app.infra.db import DatabaseUnavailable
from state import address, filters, live, made, views
from state.address import Address
from state.assigning import assign
from state.favourites import fill_hearts
from state.filters import Scope
from state.shell import show_menu
from state.views import CardView, FiltersView, InsteadView

PAGE = 16  # listings: whole rows of two and of four, and a delta of less than 8 kB


class Browsing(rx.State, mixin=True):
    """Listings that the address asks for. `loaded` is the address they belong to, `status` how asking went."""

    loaded: rx.Field[str] = rx.field("")
    path: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "missing" or "down"
    title: rx.Field[str] = rx.field("")
    q: rx.Field[str] = rx.field("")
    cards: rx.Field[list[CardView]] = rx.field(default_factory=list)
    total: rx.Field[str] = rx.field("")
    filters: FiltersView = FiltersView()
    instead: InsteadView = InsteadView()
    has_more: rx.Field[bool] = rx.field(False)
    more_failed: rx.Field[bool] = rx.field(False)
    _cursor: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the first page of what the address asks for."""
        await show_menu(self)
        await self._show(limit=PAGE)
        if self.status == "ready" and not self.cards and plain(self.q) and not self.instead.unfiltered.label:
            notes.soon(service.note_miss, plain(self.q), words=self.q, now=utc_now())

    @rx.event
    async def refresh(self) -> None:
        """Something here has changed: read again as much as is shown."""
        await self._show(limit=live.length(len(self.cards), page=PAGE, has_more=self.has_more))

    @rx.event
    async def show_more(self) -> None:
        """Append the next page; when the place in the list is lost, start again."""
        if not self._cursor:
            return
        try:
            scope = await self._scope(address.of(self))
            found = await self._results(scope, cursor=self._cursor, limit=PAGE)
        except (DatabaseUnavailable, NotFound):
            self.more_failed = True
            return
        except InvalidCursor:
            await self._show(limit=PAGE)
            return
        cards = [*self.get_value("cards"), *made.once(found, "cards", lambda: views.cards(found.items))]
        self.cards = cards
        self._turn(found)
        await fill_hearts(self, [card.id for card in cards])

    async def _show(self, *, limit: int) -> None:
        """Everything the page shows, in one delta."""
        here = address.of(self)
        assign(self, q=here.query.get("q", ""))
        try:
            scope = await self._scope(here)
            # Before it is read, so that nothing changes unseen in between.
            live.watch(self, tags=self._tags(scope), refresh=type(self).refresh)
            found = await self._results(scope, cursor=None, limit=limit)
            instead = InsteadView() if found.total else filters.instead(await self._alternatives(scope))
        except (NotFound, DatabaseUnavailable) as error:
            self._miss(here, "missing" if isinstance(error, NotFound) else "down")
            return
        chosen = filters.values(here.query, scope)
        cards = made.once(found, "cards", lambda: views.cards(found.items))
        assign(
            self,
            cards=cards,
            total=found.total_text,
            instead=instead,
            filters=made.once(found, here.key, lambda: filters.offered(chosen, scope, found.facets)),
            loaded=here.key,
            path=here.path,
            status="ready",
        )
        self._turn(found)
        await fill_hearts(self, [card.id for card in cards])

    async def _scope(self, here: Address) -> Scope:
        """Where the filters apply, and what else the page shows about that; NotFound."""
        raise NotImplementedError

    def _tags(self, scope: Scope) -> tuple[str, ...]:
        return (f"shop:{scope.shop}",) if scope.shop else ("catalog",)

    async def _results(self, scope: Scope, *, cursor: str | None, limit: int) -> Results:
        chosen = filters.values(address.of(self).query, scope)
        return await cache.read(search.results, question=filters.question(chosen, scope, cursor=cursor, limit=limit))

    async def _alternatives(self, scope: Scope) -> Alternatives:
        chosen = filters.values(address.of(self).query, scope)
        question = filters.question(chosen, scope, cursor=None, limit=PAGE)
        return await cache.read(dead_ends.alternatives, question=question)

    def _turn(self, found: Results) -> None:
        assign(self, _cursor=found.next_cursor or "", has_more=found.next_cursor is not None, more_failed=False)

    def _miss(self, here: Address, status: str) -> None:
        self.cards, self.has_more, self._cursor = [], False, ""
        self.loaded, self.path, self.status = here.key, here.path, status
        self.title = "Not found · Plaza" if status == "missing" else self.title
