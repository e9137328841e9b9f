"""Sellers who change a public price and check that it appears."""

import asyncio
import itertools
import time
from uuid import UUID

from platform_app.domain.catalog.rules import Status
from platform_app.domain.shared import money
from tools.drill.fixtures import User
from tools.drill.http_client import RETRY_SECONDS, HttpClient, outcome_of, status_text
from tools.drill.write_log import Outcome, WriteKind, WriteLog

POLL_SECONDS = 0.1
MAX_STALE_SECONDS = 5.0  # for which a cached page may show the former price
TIMEOUT_SECONDS = 30.0  # after which a price that is not shown counts as lost
MAX_STALE_WITHOUT_INVALIDATION = 1.5  # for anything, while invalidations cannot be sent
WITHOUT_INVALIDATION = ("kill valkey-work", "kill haproxy")
FIRST_PRICE = 1000


class PriceWriters:
    """The sellers, who run until they are stopped."""

    def __init__(self, client: HttpClient, write_log: WriteLog, stopping: asyncio.Event) -> None:
        """Create the sellers' context."""
        self.client, self.write_log, self.stopping = client, write_log, stopping

    async def run(self, user: User, shop: str, *, interval: float) -> None:
        """Publish one listing, change its price repeatedly, and check after each change."""
        listings = f"/api/v1/shops/{shop}/listings"
        draft = (await self.client.request_until_success("edit", "POST", listings, cookie=user.cookie)).json()
        listing, listing_url = UUID(str(draft["listing_id"])), f"{listings}/{draft['listing_id']}"
        for price in itertools.count(FIRST_PRICE):
            if self.stopping.is_set():
                return
            if slug := await self._set_price(user, listing_url, listing, price):
                await self._check_visible(user, f"/shops/{shop}/{slug}", listing, price)
            await asyncio.sleep(interval)

    async def _set_price(self, user: User, listing_url: str, listing: UUID, price: int) -> str | None:
        """Save the price, repeatedly until it is acknowledged; return the listing's URL, or None if the drill stops."""
        while not self.stopping.is_set():
            entry = self.write_log.log_sent(WriteKind.PRICE, actor=str(user.id), target=str(listing), value=str(price))
            edit = (await self.client.request_until_success("edit", "GET", listing_url, cookie=user.cookie)).json()
            answer = await self.client.request(
                "edit", "PUT", listing_url, cookie=user.cookie, json=_with_price(edit, price)
            )
            if outcome_of(answer) is Outcome.ACKNOWLEDGED and answer:
                body = {"version": answer.json()["version"], "status": Status.PUBLISHED}
                answer = await self.client.request("edit", "POST", f"{listing_url}/save", cookie=user.cookie, json=body)
                if outcome_of(answer) is Outcome.ACKNOWLEDGED and answer:
                    self.write_log.log_outcome(entry, Outcome.ACKNOWLEDGED)
                    return str(answer.json()["slug"])
            self.write_log.log_outcome(entry, Outcome.UNKNOWN, status_text(answer))
            await asyncio.sleep(RETRY_SECONDS)
        return None

    async def _check_visible(self, user: User, page: str, listing: UUID, price: int) -> None:
        """The API must show the price at once, a page as soon as the caches in front of it expire."""
        at_once = MAX_STALE_WITHOUT_INVALIDATION if self.write_log.scenario.startswith(WITHOUT_INVALIDATION) else 0.0
        for path, expected, max_delay in (
            (f"/api/v1/listings/{listing}", f'"amount":{price}', at_once),
            (page, money.format_money(price, "USD"), MAX_STALE_SECONDS),
        ):
            started, elapsed = time.perf_counter(), 0.0
            while elapsed <= TIMEOUT_SECONDS and expected not in await self._read(user, path):
                await asyncio.sleep(POLL_SECONDS)
                elapsed = time.perf_counter() - started
            if elapsed > max_delay + POLL_SECONDS:
                outcome = "is not shown" if elapsed > TIMEOUT_SECONDS else f"was shown after {elapsed:.1f} s"
                self.client.timeline.stale_reads.append(f"{path}: {expected} was saved, and {outcome}")

    async def _read(self, user: User, path: str) -> str:
        while True:
            answer = await self.client.request("look", "GET", path, cookie=user.cookie)
            if answer is not None and answer.status_code < 500:
                return answer.text
            await asyncio.sleep(RETRY_SECONDS)


def _with_price(edit: dict[str, object], price: int) -> dict[str, object]:
    """The content of an edit with this price."""
    content = edit["content"]
    assert isinstance(content, dict)
    variants = [{**each, "price": f"{price / 100:.2f}"} for each in content["variants"]]
    new_content = {**content, "title": "Drill listing", "variants": variants}
    return {"version": edit["version"], "base": edit["base"], "content": new_content}
