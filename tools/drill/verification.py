"""Looks up every logged write: in PostgreSQL itself, and through the app as its writer."""

import mailbox
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from uuid import UUID

from tools.bench.imports_files import MAX_VARIANTS
from tools.drill.fixtures import User, query_database
from tools.drill.http_client import HttpClient
from tools.drill.write_log import LoggedWrite, Outcome, WriteKind, WriteLog, expected_values
from tools.drill.writers import NOT_FAVOURITE

IMPORT_TIMEOUT_SECONDS = 180
MAIL_TIMEOUT_SECONDS = 60
_TOKEN = re.compile(r"/verify#token=([\w-]{43})")


@dataclass
class VerificationReport:
    """The problems by scenario; `looked_up` counts the comparisons."""

    looked_up: Counter[str] = field(default_factory=Counter)
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def compare(self, target: str, entries: Sequence[LoggedWrite], stored: str, *, initial: str) -> None:
        """Compare what is stored for one target with all writes to it."""
        allowed, last = expected_values(list(entries), initial=initial)
        self.looked_up[entries[0].kind] += 1
        if stored in allowed:
            return
        scenario = (last or entries[-1]).scenario
        report = self.lost if last else self.wrong
        report[scenario].append(f"{entries[0].kind} {target}: {sorted(allowed)} was written, {stored} is stored")


def verify_favourites(report: VerificationReport, write_log: WriteLog, port: int) -> None:
    """Compare favourites, written over REST and by events, with the database."""
    rows = query_database(port, "SELECT user_id::text, listing_id::text FROM favourite")
    stored = {(str(user), str(listing)) for user, listing in rows}
    for kind in (WriteKind.LIKE, WriteKind.PRESS):
        for (user_id, listing_id), entries in _entries_by_key(write_log, kind).items():
            found = str(int((user_id, listing_id) in stored))
            report.compare(f"{listing_id} of {user_id}", entries, found, initial=NOT_FAVOURITE)


async def verify_favourites_over_http(
    report: VerificationReport, write_log: WriteLog, client: HttpClient, users: Mapping[UUID, User]
) -> None:
    """Compare favourites with what their users see over HTTP."""
    by_user: dict[str, dict[str, list[LoggedWrite]]] = defaultdict(dict)
    for kind in (WriteKind.LIKE, WriteKind.PRESS):
        for (user_id, listing_id), entries in _entries_by_key(write_log, kind).items():
            by_user[user_id][listing_id] = entries
    for user_id, by_listing in by_user.items():
        answer = await client.request("api", "GET", "/api/v1/favourites?limit=100", cookie=users[UUID(user_id)].cookie)
        shown_ids = {each["listing_id"] for each in answer.json()["items"]} if answer else set()
        for listing_id, entries in by_listing.items():
            report.compare(
                f"{listing_id} shown to {user_id}", entries, str(int(listing_id in shown_ids)), initial=NOT_FAVOURITE
            )


def verify_edits(report: VerificationReport, write_log: WriteLog, port: int) -> None:
    """Compare edits of listings with the database: the last content, and the exact number of versions."""
    rows = query_database(port, "SELECT listing_id::text, version, content->>'description' FROM listing_edit")
    stored = {str(listing): (int(str(version)), str(description)) for listing, version, description in rows}
    for (_, target), entries in _entries_by_key(write_log, WriteKind.EDIT).items():
        version, description = stored.get(target.rpartition("/")[2], (0, "nothing"))
        report.compare(target, entries, description, initial="")
        last = next((each for each in reversed(entries) if each.answer is Outcome.ACKNOWLEDGED), None)
        later = len([each for each in entries if last and each.id > last.id and each.answer is not Outcome.REFUSED])
        if last and not int(last.note) <= version <= int(last.note) + later:
            report.wrong[last.scenario].append(f"{target}: version {last.note} was acknowledged, {version} is stored")


def verify_prices(report: VerificationReport, write_log: WriteLog, port: int) -> None:
    """Compare the prices of published listings."""
    stored = {
        str(listing): str(price)
        for listing, price in query_database(port, "SELECT listing_id::text, price FROM variant")
    }
    for (_, target), entries in _entries_by_key(write_log, WriteKind.PRICE).items():
        report.compare(target, entries, stored.get(target, ""), initial="")


async def verify_sign_ups(
    report: VerificationReport, write_log: WriteLog, http_client: HttpClient, port: int, mail_folder: Path
) -> None:
    """Check that each sign-up exists once, that its mail arrived, and that its link creates the account."""
    entries = {each.actor: each for each in write_log.entries(WriteKind.SIGN_UP)}
    emails = list(entries)
    rows = query_database(port, "SELECT email, count(*) FROM sign_up WHERE email = ANY(%s) GROUP BY email", [emails])
    stored = {str(email): int(str(count)) for email, count in rows}
    for email, entry in entries.items():
        report.compare(email, [entry], str(stored.get(email, 0)), initial="0")
    expected_emails = {email for email in emails if stored.get(email)}
    links = _verification_tokens(mail_folder, expected_emails)
    for number, email in enumerate(emails):
        if email not in expected_emails:
            continue
        scenario = entries[email].scenario
        if email not in links:
            report.lost[scenario].append(f"{email}: no letter came")
            continue
        client = http_client.new_client(100_000 + number)
        answer = await http_client.request(
            "sign-up", "POST", "/auth/verify", json={"token": links[email]}, client=client
        )
        await client.aclose()
        if answer is None or answer.status_code != 200:
            report.wrong[scenario].append(f"{email}: its link answers {answer.status_code if answer else 'nothing'}")
    rows = query_database(
        port, "SELECT email, count(*) FROM user_account WHERE email = ANY(%s) GROUP BY email", [list(links)]
    )
    accounts = {str(email): int(str(count)) for email, count in rows}
    for email in links:
        report.looked_up["account"] += 1
        if accounts.get(email) != 1:
            report.wrong[entries[email].scenario].append(f"{email}: {accounts.get(email, 0)} accounts")


def verify_imports(report: VerificationReport, write_log: WriteLog, port: int) -> None:
    """Check that every row of every file was imported once, with the price in the file."""
    for entry in list(write_log.entries(WriteKind.IMPORT)):
        rows, slug = int(entry.value), entry.actor
        state = _final_state(port, entry.target)
        if state != "finished":
            if entry.answer is Outcome.ACKNOWLEDGED:
                report.lost[entry.scenario].append(f"import {entry.target}: it is {state or 'not there'}")
            continue
        found = query_database(
            port,
            "SELECT v.sku, count(*), min(v.price), max(v.price) FROM variant v JOIN shop s ON s.id = v.shop_id "
            "WHERE s.slug = %s GROUP BY v.sku",
            [slug],
        )
        stored = {str(sku): (int(str(count)), int(str(low)), int(str(high))) for sku, count, low, high in found}
        expected_prices = _expected_prices(rows)
        report.looked_up[WriteKind.IMPORT] += len(expected_prices)
        missing = [sku for sku in expected_prices if sku not in stored]
        mismatched = [sku for sku in stored if stored[sku] != (1, expected_prices.get(sku), expected_prices.get(sku))]
        if missing:
            report.lost[entry.scenario].append(f"import {entry.target}: {len(missing)} rows are missing")
        if mismatched:
            report.wrong[entry.scenario].append(
                f"import {entry.target}: {len(mismatched)} rows, {mismatched[0]} for one"
            )


def _entries_by_key(write_log: WriteLog, kind: WriteKind) -> dict[tuple[str, str], list[LoggedWrite]]:
    by_key: dict[tuple[str, str], list[LoggedWrite]] = defaultdict(list)
    for entry in write_log.entries(kind):
        by_key[entry.actor, entry.target].append(entry)
    return by_key


def _final_state(port: int, run: str) -> str:
    """The state of an import when it has ended, or after the timeout."""
    deadline = time.monotonic() + IMPORT_TIMEOUT_SECONDS
    while True:
        rows = query_database(port, "SELECT state FROM import_run WHERE id = %s::uuid", [run]) if run else []
        state = str(rows[0][0]) if rows else ""
        if state in ("finished", "refused", "") or time.monotonic() > deadline:
            return state
        time.sleep(0.5)


def _expected_prices(rows: int) -> dict[str, int]:
    """The price of each row of a generated file, by SKU."""
    prices_by_sku, product = dict[str, int](), 0
    while len(prices_by_sku) < rows:
        for variant in range(min(1 + product % MAX_VARIANTS, rows - len(prices_by_sku))):
            prices_by_sku[f"bench-{product}-{variant}"] = (10 + product % 90) * 100 + 50
        product += 1
    return prices_by_sku


def _verification_tokens(folder: Path, emails: set[str]) -> dict[str, str]:
    """The token in the last mail to each of these addresses, once all have arrived, or after the timeout."""
    deadline, tokens = time.monotonic() + MAIL_TIMEOUT_SECONDS, dict[str, str]()
    seen_keys: set[str] = set()
    while emails - set(tokens) and time.monotonic() < deadline:
        maildir = mailbox.Maildir(folder, create=False)
        for key in set(maildir.keys()) - seen_keys:
            seen_keys.add(key)
            message = maildir[key]
            token = _TOKEN.search(_plain_text(message))
            if token and str(message["To"]) in emails:
                tokens[str(message["To"])] = token[1]
        time.sleep(0.5)
    return tokens


def _plain_text(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    payload = parts[0].get_payload(decode=True) if parts else b""
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
