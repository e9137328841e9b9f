"""The shop page."""

import asyncio
from uuid import UUID

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.following import queries as following
from platform_app.domain.following.tags import follower_count_tag
from platform_app.domain.sections import queries as sections
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import search as search_presenters
from platform_app.presenters import shops as shops_presenters
from platform_app.presenters.shops import SectionLinkView, ShopView
from state import search_filters
from state.core import memo
from state.core.page_url import PageUrl
from state.core.set_if_changed import set_if_changed
from state.following import update_follow_button
from state.search_filters import Scope
from state.search_results_page import ResultsPage


class ShopState(ResultsPage, rx.State):
    """A shop and its listings."""

    shop: ShopView = ShopView()
    followers: rx.Field[str] = rx.field("")
    sections: rx.Field[list[SectionLinkView]] = rx.field(default_factory=list)
    _shop_id: str = ""

    async def _scope(self, url: PageUrl) -> Scope:
        slug = url.path_segments()[-1] if url.path_segments() else ""
        found, tree, shown = await asyncio.gather(
            cache.read(shops.by_slug, slug=slug),
            cache.read(catalog.categories),
            cache.read(sections.of_shop, shop=slug),
        )
        shop_view = memo.memoize(found, "shop", lambda: shops_presenters.shop(found))
        title = search_presenters.page_title(url.query.get("q", ""), found.name, in_place=True)
        slugs = [each.slug for each in shown]
        scope = Scope(path=f"/shops/{slug}", shop=slug, currency=found.currency, tree=tree, sections=slugs)
        selected = search_filters.parse_filters(url.lists, scope)
        links = shops_presenters.section_links(shown, path=scope.path, filters=selected)
        set_if_changed(self, shop=shop_view, _shop_id=str(found.id), title=title, sections=links)
        return scope

    def _tags(self, scope: Scope) -> tuple[str, ...]:
        return (*super()._tags(scope), follower_count_tag(UUID(self._shop_id)))

    async def _show(self, *, limit: int, is_visit: bool = False) -> None:
        await super()._show(limit=limit, is_visit=is_visit)
        if self.status != "ready":
            return
        # After the page has subscribed, so that nothing changes unseen in between.
        shop_id, slug = UUID(self._shop_id), self.path.rpartition("/")[2]
        try:
            count = await cache.read(following.follower_count, shop_id=shop_id)
            await update_follow_button(self, shop_id=shop_id, slug=slug)
        except DatabaseUnavailable:
            return
        set_if_changed(self, followers=shops_presenters.followers(count))
