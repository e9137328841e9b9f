"""Sellers who change a price that everybody sees, and look where everybody looks whether it is there."""

import asyncio
import itertools
import time
from uuid import UUID

from platform_app.cli.rehearsal.ledger import Answer, Kind, Ledger
from platform_app.cli.rehearsal.web import AGAIN_SECONDS, Web, judged, status
from platform_app.cli.rehearsal.world import User
from platform_app.domain.catalog.rules import Status
from platform_app.domain.shared import money

LOOK_SECONDS = 0.1
STALE_SECONDS = 5.0  # that a page which caches keep may show what was before
NEVER_SECONDS = 30.0  # after which what is not shown will not be
AWAY_SECONDS = 1.5  # that anything may, while nobody can tell the processes what has changed
WITHOUT_POKES = ("kill valkey-work", "kill haproxy")
FIRST_PRICE = 1000


class Sellers:
    """All who sell, until they are told to stop."""

    def __init__(self, web: Web, ledger: Ledger, stopping: asyncio.Event) -> None:
        """Nobody sells yet."""
        self.web, self.ledger, self.stopping = web, ledger, stopping

    async def sell(self, user: User, shop: str, *, every: float) -> None:
        """Put one thing up for sale, at another price each time; after each look at it."""
        listings = f"/api/v1/shops/{shop}/listings"
        begun = (await self.web.until_done("edit", "POST", listings, cookie=user.cookie)).json()
        listing, at = UUID(str(begun["listing_id"])), f"{listings}/{begun['listing_id']}"
        for price in itertools.count(FIRST_PRICE):
            if self.stopping.is_set():
                return
            if slug := await self._charge(user, at, listing, price):
                await self._look(user, f"/shops/{shop}/{slug}", listing, price)
            await asyncio.sleep(every)

    async def _charge(self, user: User, at: str, listing: UUID, price: int) -> str | None:
        """Save the price, again until that is acknowledged; the address of the listing, or None when it is time to stop."""
        while not self.stopping.is_set():
            entry = self.ledger.sent(Kind.PRICE, who=str(user.id), what=str(listing), value=str(price))
            edit = (await self.web.until_done("edit", "GET", at, cookie=user.cookie)).json()
            answer = await self.web.ask("edit", "PUT", at, cookie=user.cookie, json=_priced(edit, price))
            if judged(answer) is Answer.ACKNOWLEDGED and answer:
                body = {"version": answer.json()["version"], "status": Status.PUBLISHED}
                answer = await self.web.ask("edit", "POST", f"{at}/save", cookie=user.cookie, json=body)
                if judged(answer) is Answer.ACKNOWLEDGED and answer:
                    self.ledger.answered(entry, Answer.ACKNOWLEDGED)
                    return str(answer.json()["slug"])
            self.ledger.answered(entry, Answer.UNKNOWN, status(answer))
            await asyncio.sleep(AGAIN_SECONDS)
        return None

    async def _look(self, user: User, page: str, listing: UUID, price: int) -> None:
        """The API says it at once, and a page as soon as the caches on the way to it let go of the one before."""
        at_once = AWAY_SECONDS if self.ledger.scenario.startswith(WITHOUT_POKES) else 0.0
        for path, wanted, patience in (
            (f"/api/v1/listings/{listing}", f'"amount":{price}', at_once),
            (page, money.display(price, "USD"), STALE_SECONDS),
        ):
            began, late = time.perf_counter(), 0.0
            while late <= NEVER_SECONDS and wanted not in await self._read(user, path):
                await asyncio.sleep(LOOK_SECONDS)
                late = time.perf_counter() - began
            if late > patience + LOOK_SECONDS:
                shown = "is not shown" if late > NEVER_SECONDS else f"was shown after {late:.1f} s"
                self.web.timeline.missed.append(f"{path}: {wanted} was saved, and {shown}")

    async def _read(self, user: User, path: str) -> str:
        while True:
            answer = await self.web.ask("look", "GET", path, cookie=user.cookie)
            if answer is not None and answer.status_code < 500:
                return answer.text
            await asyncio.sleep(AGAIN_SECONDS)


def _priced(edit: dict[str, object], price: int) -> dict[str, object]:
    """What is written of it, at this price."""
    content = edit["content"]
    assert isinstance(content, dict)
    variants = [{**each, "price": f"{price / 100:.2f}"} for each in content["variants"]]
    said = {**content, "title": "A thing of the rehearsal", "variants": variants}
    return {"version": edit["version"], "base": edit["base"], "content": said}
