"""People and programs that write and note it: one write at a time each, which is tried again until it is answered."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from uuid import UUID, uuid4

from platform_app.cli.rehearsal.ledger import Answer, Kind, Ledger
from platform_app.cli.rehearsal.people import Person
from platform_app.cli.rehearsal.web import AGAIN_SECONDS, Web, judged, status
from platform_app.cli.rehearsal.world import Listing, User
from platform_app.domain.favourites.rules import MAX_FAVOURITES

FAVOURITES = "/api/v1/favourites"
PASSWORD = "a long enough sentence of mine"  # noqa: S105 - of people who do not exist
NOT_LIKED = "0"


class Writers:
    """Everybody who writes, until they are told to stop."""

    def __init__(self, web: Web, ledger: Ledger) -> None:
        """Nobody writes yet."""
        self.web, self.ledger = web, ledger
        self.stopping = asyncio.Event()
        self.dice = random.Random(5)
        self._sign_ups = itertools.count()

    async def like(self, user: User, listings: Sequence[Listing], *, every: float) -> None:
        """Like and no longer like listings, over REST; after each look whether it is so."""
        liked: set[UUID] = set()
        await asyncio.sleep(self.dice.random() * every)
        while not self.stopping.is_set():
            listing = self.dice.choice(listings).id
            wanted = listing not in liked
            if await self._like_until_told(user, listing, wanted=wanted):
                liked ^= {listing}
                await self._look(user, listing, wanted=wanted)
            await asyncio.sleep(every)

    async def press(self, person: Person, user: User, listing: Listing, *, every: float) -> None:
        """Press a heart again and again, as an event of a page."""
        is_liked = False
        await asyncio.sleep(self.dice.random() * every)
        while not self.stopping.is_set():
            if person.is_there and await self._press_until_told(person, user, listing.id, wanted=not is_liked):
                is_liked = not is_liked
                await self._look(user, listing.id, wanted=is_liked)
            await asyncio.sleep(every)

    async def edit(self, user: User, shop: str, *, every: float) -> None:
        """Write at a listing, version by version."""
        path = f"/api/v1/shops/{shop}/listings"
        begun = None
        while begun is None or begun.status_code != 201:
            begun = await self.web.ask("edit", "POST", path, cookie=user.cookie)
            await asyncio.sleep(AGAIN_SECONDS)
        edit = begun.json()
        at, what = f"{path}/{edit['listing_id']}", f"{shop}/{edit['listing_id']}"
        for number in itertools.count(1):
            if self.stopping.is_set():
                return
            said = {**edit["content"], "description": f"Rehearsal {number}"}
            edit = await self._keep(user, at, what, edit, said)
            await self._read_edit(user, at, edit)
            await asyncio.sleep(every)

    async def sign_up(self, *, every: float) -> None:
        """Ask for accounts, each as somebody else; nobody asks twice."""
        while not self.stopping.is_set():
            email = f"{uuid4().hex[:12]}@rehearsal.example"
            entry = self.ledger.sent(Kind.SIGN_UP, who=email, what="account", value="1")
            client = self.web.stranger(next(self._sign_ups))
            body = {"name": "A stranger", "email": email, "password": PASSWORD}
            answer = await self.web.ask("sign-up", "POST", "/auth/sign-up", json=body, client=client)
            self.ledger.answered(entry, judged(answer))
            await client.aclose()
            await asyncio.sleep(every)

    async def _like_until_told(self, user: User, listing: UUID, *, wanted: bool) -> bool:
        method = "PUT" if wanted else "DELETE"
        while True:
            entry = self.ledger.sent(Kind.LIKE, who=str(user.id), what=str(listing), value=str(int(wanted)))
            answer = await self.web.ask("write", method, f"{FAVOURITES}/{listing}", cookie=user.cookie)
            came = judged(answer)
            self.ledger.answered(entry, came, status(answer))
            if came is Answer.ACKNOWLEDGED and answer:
                if (str(listing) in answer.json()) is not wanted:
                    self.web.timeline.missed.append(f"{method} {listing} of {user.id} answered otherwise")
                return True
            if came is Answer.REFUSED:
                return False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _press_until_told(self, person: Person, user: User, listing: UUID, *, wanted: bool) -> bool:
        while True:
            await person.there()
            entry = self.ledger.sent(Kind.PRESS, who=str(user.id), what=str(listing), value=str(int(wanted)))
            if await person.press(listing, is_liked=wanted):
                self.ledger.answered(entry, Answer.ACKNOWLEDGED)
                return True
            self.ledger.answered(entry, Answer.UNKNOWN)
            if self.stopping.is_set():
                return False
            if await self._liked(user, listing) is wanted:
                self.ledger.answered(entry, Answer.ACKNOWLEDGED, "seen afterwards")
                return True
            await asyncio.sleep(AGAIN_SECONDS)

    async def _keep(
        self, user: User, at: str, what: str, edit: dict[str, object], said: dict[str, object]
    ) -> dict[str, object]:
        """What is written after this version of it was sent, and sent again until that is known."""
        while True:
            entry = self.ledger.sent(Kind.EDIT, who=str(user.id), what=what, value=str(said["description"]))
            body = {"version": edit["version"], "base": edit["base"], "content": said}
            answer = await self.web.ask("edit", "PUT", at, cookie=user.cookie, json=body)
            came = judged(answer)
            if came is Answer.ACKNOWLEDGED and answer:
                self.ledger.answered(entry, came, str(answer.json()["version"]))
                return dict(answer.json())
            self.ledger.answered(entry, Answer.UNKNOWN, status(answer))
            await asyncio.sleep(AGAIN_SECONDS)
            now = dict((await self.web.until_done("api", "GET", at, cookie=user.cookie)).json())
            if _description(now) == said["description"]:
                self.ledger.answered(entry, Answer.ACKNOWLEDGED, str(now["version"]))
                return now
            if now["version"] == edit["version"]:
                self.ledger.answered(entry, Answer.REFUSED, "not taken")
            edit = now

    async def _read_edit(self, user: User, at: str, edit: dict[str, object]) -> None:
        now = dict((await self.web.until_done("api", "GET", at, cookie=user.cookie)).json())
        if now["version"] != edit["version"] or _description(now) != _description(edit):
            self.web.timeline.missed.append(f"{at}: version {edit['version']} was written, {now['version']} is read")

    async def _look(self, user: User, listing: UUID, *, wanted: bool) -> None:
        found = await self._liked(user, listing)
        if found is not wanted:
            self.web.timeline.missed.append(f"{listing} of {user.id}: {wanted} was written, {found} is read")

    async def _liked(self, user: User, listing: UUID) -> bool:
        path = f"{FAVOURITES}?limit={min(100, MAX_FAVOURITES)}"
        answer = await self.web.until_done("api", "GET", path, cookie=user.cookie)
        return str(listing) in {each["listing_id"] for each in answer.json()["items"]}


def _description(edit: dict[str, object]) -> object:
    content = edit["content"]
    return content["description"] if isinstance(content, dict) else None
