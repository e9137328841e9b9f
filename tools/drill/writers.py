"""Users and programs that write and log it: one write at a time each, repeated until there is a response."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from uuid import UUID, uuid4

from platform_app.domain.favourites.rules import MAX_FAVOURITES
from tools.drill.fixtures import Listing, User
from tools.drill.http_client import RETRY_SECONDS, HttpClient, outcome_of, status_text
from tools.drill.write_log import Outcome, WriteKind, WriteLog
from tools.drill.ws_clients import ReconnectingClient

FAVOURITES = "/api/v1/favourites"
PASSWORD = "a long enough sentence of mine"  # noqa: S105 - of users who do not exist
NOT_FAVOURITE = "0"


class Writers:
    """All writers, who run until they are stopped."""

    def __init__(self, client: HttpClient, write_log: WriteLog) -> None:
        """Create the writers' context."""
        self.client, self.write_log = client, write_log
        self.stopping = asyncio.Event()
        self.rng = random.Random(5)
        self._sign_ups = itertools.count()

    async def toggle_over_rest(self, user: User, listings: Sequence[Listing], *, interval: float) -> None:
        """Add and remove favourites over REST, and check after each write that it is visible."""
        favourites: set[UUID] = set()
        await asyncio.sleep(self.rng.random() * interval)
        while not self.stopping.is_set():
            listing = self.rng.choice(listings).id
            is_favourite = listing not in favourites
            if await self._set_over_rest(user, listing, is_favourite=is_favourite):
                favourites ^= {listing}
                await self._check_favourite(user, listing, expected=is_favourite)
            await asyncio.sleep(interval)

    async def toggle_by_event(
        self, ws_client: ReconnectingClient, user: User, listing: Listing, *, interval: float
    ) -> None:
        """Press a favourite button repeatedly, as events of a page."""
        is_liked = False
        await asyncio.sleep(self.rng.random() * interval)
        while not self.stopping.is_set():
            if ws_client.is_connected and await self._set_by_event(
                ws_client, user, listing.id, is_favourite=not is_liked
            ):
                is_liked = not is_liked
                await self._check_favourite(user, listing.id, expected=is_liked)
            await asyncio.sleep(interval)

    async def edit(self, user: User, shop: str, *, interval: float) -> None:
        """Edit a listing repeatedly, version by version."""
        path = f"/api/v1/shops/{shop}/listings"
        draft = None
        while draft is None or draft.status_code != 201:
            draft = await self.client.request("edit", "POST", path, cookie=user.cookie)
            await asyncio.sleep(RETRY_SECONDS)
        edit = draft.json()
        listing_url, target = f"{path}/{edit['listing_id']}", f"{shop}/{edit['listing_id']}"
        for number in itertools.count(1):
            if self.stopping.is_set():
                return
            new_content = {**edit["content"], "description": f"Drill {number}"}
            edit = await self._save_draft(user, listing_url, target, edit, new_content)
            await self._check_edit(user, listing_url, edit)
            await asyncio.sleep(interval)

    async def sign_up(self, *, interval: float) -> None:
        """Request accounts with new e-mail addresses, each one once."""
        while not self.stopping.is_set():
            email = f"{uuid4().hex[:12]}@drill.example"
            entry = self.write_log.log_sent(WriteKind.SIGN_UP, actor=email, target="account", value="1")
            client = self.client.new_client(next(self._sign_ups))
            body = {"name": "A stranger", "email": email, "password": PASSWORD}
            answer = await self.client.request("sign-up", "POST", "/auth/sign-up", json=body, client=client)
            self.write_log.log_outcome(entry, outcome_of(answer))
            await client.aclose()
            await asyncio.sleep(interval)

    async def _set_over_rest(self, user: User, listing: UUID, *, is_favourite: bool) -> bool:
        method = "PUT" if is_favourite else "DELETE"
        while True:
            entry = self.write_log.log_sent(
                WriteKind.LIKE, actor=str(user.id), target=str(listing), value=str(int(is_favourite))
            )
            answer = await self.client.request("write", method, f"{FAVOURITES}/{listing}", cookie=user.cookie)
            outcome = outcome_of(answer)
            self.write_log.log_outcome(entry, outcome, status_text(answer))
            if outcome is Outcome.ACKNOWLEDGED and answer:
                if (str(listing) in answer.json()) is not is_favourite:
                    self.client.timeline.stale_reads.append(f"{method} {listing} of {user.id} answered otherwise")
                return True
            if outcome is Outcome.REFUSED:
                return False
            await asyncio.sleep(RETRY_SECONDS)

    async def _set_by_event(
        self, ws_client: ReconnectingClient, user: User, listing: UUID, *, is_favourite: bool
    ) -> bool:
        while True:
            await ws_client.wait_until_connected()
            entry = self.write_log.log_sent(
                WriteKind.PRESS, actor=str(user.id), target=str(listing), value=str(int(is_favourite))
            )
            if await ws_client.toggle_favourite(listing, is_liked=is_favourite):
                self.write_log.log_outcome(entry, Outcome.ACKNOWLEDGED)
                return True
            self.write_log.log_outcome(entry, Outcome.UNKNOWN)
            if self.stopping.is_set():
                return False
            if await self._is_favourite(user, listing) is is_favourite:
                self.write_log.log_outcome(entry, Outcome.ACKNOWLEDGED, "seen afterwards")
                return True
            await asyncio.sleep(RETRY_SECONDS)

    async def _save_draft(
        self, user: User, listing_url: str, target: str, edit: dict[str, object], new_content: dict[str, object]
    ) -> dict[str, object]:
        """Save the content on top of a version, repeatedly until the outcome is known."""
        while True:
            entry = self.write_log.log_sent(
                WriteKind.EDIT, actor=str(user.id), target=target, value=str(new_content["description"])
            )
            body = {"version": edit["version"], "base": edit["base"], "content": new_content}
            answer = await self.client.request("edit", "PUT", listing_url, cookie=user.cookie, json=body)
            outcome = outcome_of(answer)
            if outcome is Outcome.ACKNOWLEDGED and answer:
                self.write_log.log_outcome(entry, outcome, str(answer.json()["version"]))
                return dict(answer.json())
            self.write_log.log_outcome(entry, Outcome.UNKNOWN, status_text(answer))
            await asyncio.sleep(RETRY_SECONDS)
            current = dict(
                (await self.client.request_until_success("api", "GET", listing_url, cookie=user.cookie)).json()
            )
            if _description(current) == new_content["description"]:
                self.write_log.log_outcome(entry, Outcome.ACKNOWLEDGED, str(current["version"]))
                return current
            if current["version"] == edit["version"]:
                self.write_log.log_outcome(entry, Outcome.REFUSED, "not taken")
            edit = current

    async def _check_edit(self, user: User, listing_url: str, edit: dict[str, object]) -> None:
        current = dict((await self.client.request_until_success("api", "GET", listing_url, cookie=user.cookie)).json())
        if current["version"] != edit["version"] or _description(current) != _description(edit):
            self.client.timeline.stale_reads.append(
                f"{listing_url}: version {edit['version']} was written, {current['version']} is read"
            )

    async def _check_favourite(self, user: User, listing: UUID, *, expected: bool) -> None:
        found = await self._is_favourite(user, listing)
        if found is not expected:
            self.client.timeline.stale_reads.append(f"{listing} of {user.id}: {expected} was written, {found} is read")

    async def _is_favourite(self, user: User, listing: UUID) -> bool:
        path = f"{FAVOURITES}?limit={min(100, MAX_FAVOURITES)}"
        answer = await self.client.request_until_success("api", "GET", path, cookie=user.cookie)
        return str(listing) in {each["listing_id"] for each in answer.json()["items"]}


def _description(edit: dict[str, object]) -> object:
    content = edit["content"]
    return content["description"] if isinstance(content, dict) else None
