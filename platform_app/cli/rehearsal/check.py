"""Looks every write up that is in the ledger: in PostgreSQL itself, and through the app as those who wrote see it."""

import mailbox
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from uuid import UUID

from platform_app.cli.bench_files import VARIANTS
from platform_app.cli.rehearsal.ledger import Answer, Entry, Kind, Ledger, expected
from platform_app.cli.rehearsal.web import Web
from platform_app.cli.rehearsal.world import User, direct
from platform_app.cli.rehearsal.writers import NOT_LIKED

FINISH_SECONDS = 180
MAIL_SECONDS = 60
_TOKEN = re.compile(r"/verify#token=([\w-]{43})")


@dataclass
class Verdict:
    """What was found wrong, by scenario; `looked_up` counts what was compared."""

    looked_up: Counter[str] = field(default_factory=Counter)
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def compare(self, what: str, entries: Sequence[Entry], found: str, *, first: str) -> None:
        """What is stored at one place, against all that was written there."""
        allowed, last = expected(list(entries), first=first)
        self.looked_up[entries[0].kind] += 1
        if found in allowed:
            return
        scenario = (last or entries[-1]).scenario
        report = self.lost if last else self.wrong
        report[scenario].append(f"{entries[0].kind} {what}: {sorted(allowed)} was written, {found} is stored")


def favourites(verdict: Verdict, ledger: Ledger, port: int) -> None:
    """Favourites over REST and by events, in the database."""
    rows = direct(port, "SELECT user_id::text, listing_id::text FROM favourite")
    stored = {(str(user), str(listing)) for user, listing in rows}
    for kind in (Kind.LIKE, Kind.PRESS):
        for (who, what), entries in _by_place(ledger, kind).items():
            found = str(int((who, what) in stored))
            verdict.compare(f"{what} of {who}", entries, found, first=NOT_LIKED)


async def favourites_by_the_app(verdict: Verdict, ledger: Ledger, web: Web, users: Mapping[UUID, User]) -> None:
    """The same, as their people see them."""
    by_user: dict[str, dict[str, list[Entry]]] = defaultdict(dict)
    for kind in (Kind.LIKE, Kind.PRESS):
        for (who, what), entries in _by_place(ledger, kind).items():
            by_user[who][what] = entries
    for who, places in by_user.items():
        answer = await web.ask("api", "GET", "/api/v1/favourites?limit=100", cookie=users[UUID(who)].cookie)
        shown = {each["listing_id"] for each in answer.json()["items"]} if answer else set()
        for what, entries in places.items():
            verdict.compare(f"{what} shown to {who}", entries, str(int(what in shown)), first=NOT_LIKED)


def edits(verdict: Verdict, ledger: Ledger, port: int) -> None:
    """Listings that are being written: the last words, and no version more or less than was written."""
    rows = direct(port, "SELECT listing_id::text, version, content->>'description' FROM listing_edit")
    stored = {str(listing): (int(str(version)), str(words)) for listing, version, words in rows}
    for (_, what), entries in _by_place(ledger, Kind.EDIT).items():
        version, words = stored.get(what.rpartition("/")[2], (0, "nothing"))
        verdict.compare(what, entries, words, first="")
        last = next((each for each in reversed(entries) if each.answer is Answer.ACKNOWLEDGED), None)
        later = len([each for each in entries if last and each.id > last.id and each.answer is not Answer.REFUSED])
        if last and not int(last.note) <= version <= int(last.note) + later:
            verdict.wrong[last.scenario].append(f"{what}: version {last.note} was acknowledged, {version} is stored")


def prices(verdict: Verdict, ledger: Ledger, port: int) -> None:
    """What listings cost that everybody sees."""
    stored = {
        str(listing): str(price) for listing, price in direct(port, "SELECT listing_id::text, price FROM variant")
    }
    for (_, what), entries in _by_place(ledger, Kind.PRICE).items():
        verdict.compare(what, entries, stored.get(what, ""), first="")


async def sign_ups(verdict: Verdict, ledger: Ledger, web: Web, port: int, letters: Path) -> None:
    """Each is there once, and its letter came, and the link in it makes the account."""
    entries = {each.who: each for each in ledger.entries(Kind.SIGN_UP)}
    asked = list(entries)
    rows = direct(port, "SELECT email, count(*) FROM sign_up WHERE email = ANY(%s) GROUP BY email", [asked])
    stored = {str(email): int(str(count)) for email, count in rows}
    for email, entry in entries.items():
        verdict.compare(email, [entry], str(stored.get(email, 0)), first="0")
    wanted = {email for email in asked if stored.get(email)}
    links = _letters(letters, wanted)
    for number, email in enumerate(asked):
        if email not in wanted:
            continue
        scenario = entries[email].scenario
        if email not in links:
            verdict.lost[scenario].append(f"{email}: no letter came")
            continue
        client = web.stranger(100_000 + number)
        answer = await web.ask("sign-up", "POST", "/auth/verify", json={"token": links[email]}, client=client)
        await client.aclose()
        if answer is None or answer.status_code != 200:
            verdict.wrong[scenario].append(f"{email}: its link answers {answer.status_code if answer else 'nothing'}")
    rows = direct(port, "SELECT email, count(*) FROM user_account WHERE email = ANY(%s) GROUP BY email", [list(links)])
    accounts = {str(email): int(str(count)) for email, count in rows}
    for email in links:
        verdict.looked_up["account"] += 1
        if accounts.get(email) != 1:
            verdict.wrong[entries[email].scenario].append(f"{email}: {accounts.get(email, 0)} accounts")


def imports(verdict: Verdict, ledger: Ledger, port: int) -> None:
    """Every row of every file is there once, and costs what the file says."""
    for entry in list(ledger.entries(Kind.IMPORT)):
        rows, slug = int(entry.value), entry.who
        state = _finished(port, entry.what)
        if state != "finished":
            if entry.answer is Answer.ACKNOWLEDGED:
                verdict.lost[entry.scenario].append(f"import {entry.what}: it is {state or 'not there'}")
            continue
        found = direct(
            port,
            "SELECT v.sku, count(*), min(v.price), max(v.price) FROM variant v JOIN shop s ON s.id = v.shop_id "
            "WHERE s.slug = %s GROUP BY v.sku",
            [slug],
        )
        stored = {str(sku): (int(str(count)), int(str(low)), int(str(high))) for sku, count, low, high in found}
        wanted = _prices(rows)
        verdict.looked_up[Kind.IMPORT] += len(wanted)
        missing = [sku for sku in wanted if sku not in stored]
        wrong = [sku for sku in stored if stored[sku] != (1, wanted.get(sku), wanted.get(sku))]
        if missing:
            verdict.lost[entry.scenario].append(f"import {entry.what}: {len(missing)} rows are missing")
        if wrong:
            verdict.wrong[entry.scenario].append(f"import {entry.what}: {len(wrong)} rows, {wrong[0]} for one")


def _by_place(ledger: Ledger, kind: Kind) -> dict[tuple[str, str], list[Entry]]:
    places: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in ledger.entries(kind):
        places[entry.who, entry.what].append(entry)
    return places


def _finished(port: int, run: str) -> str:
    """How an import is once it is over, or has had its time."""
    deadline = time.monotonic() + FINISH_SECONDS
    while True:
        rows = direct(port, "SELECT state FROM import_run WHERE id = %s::uuid", [run]) if run else []
        state = str(rows[0][0]) if rows else ""
        if state in ("finished", "refused", "") or time.monotonic() > deadline:
            return state
        time.sleep(0.5)


def _prices(rows: int) -> dict[str, int]:
    """What each row of a made-up file costs, by its SKU."""
    made, product = dict[str, int](), 0
    while len(made) < rows:
        for variant in range(min(1 + product % VARIANTS, rows - len(made))):
            made[f"bench-{product}-{variant}"] = (10 + product % 90) * 100 + 50
        product += 1
    return made


def _letters(folder: Path, wanted: set[str]) -> dict[str, str]:
    """The link in the last letter to each of these, once all are there, or the time for it is over."""
    deadline, found = time.monotonic() + MAIL_SECONDS, dict[str, str]()
    seen: set[str] = set()
    while wanted - set(found) and time.monotonic() < deadline:
        box = mailbox.Maildir(folder, create=False)
        for key in set(box.keys()) - seen:
            seen.add(key)
            message = box[key]
            token = _TOKEN.search(_text(message))
            if token and str(message["To"]) in wanted:
                found[str(message["To"])] = token[1]
        time.sleep(0.5)
    return found


def _text(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    payload = parts[0].get_payload(decode=True) if parts else b""
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
