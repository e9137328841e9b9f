"""Shared reads that show which server answered; as a program, they follow commands on standard input."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import text

from platform_app.infra import cache, db, invalidation
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import ROOT
from state.core import lifespan

_COUNT = text("SELECT pg_is_in_recovery(), count(*) FROM search_word WHERE word LIKE :prefix")
_SLOW = text("SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_sleep(60) END")
_STEP = text("SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_sleep(0.1) END")
_ADD = text("INSERT INTO search_word VALUES (:word)")
Counted = tuple[bool, int]


@cache.cached(Counted, tags=lambda **_: ("words",))
def count_words(session: ReadSession, *, prefix: str) -> Counted:
    """Whether a replica answered, and the number of words."""
    row = session.execute(_COUNT, {"prefix": prefix + "%"}).one()
    return row[0], row[1]


@cache.cached(Counted, tags=lambda **_: ("words",), personal=True)
def count_own_words(session: ReadSession, *, prefix: str) -> Counted:
    """The same as a personal query."""
    return count_words(session, prefix=prefix)


@cache.cached(bool, tags=lambda **_: ("words",))
def slow_read(session: ReadSession) -> bool:
    """Whether a replica answered; takes a minute there."""
    return bool(session.execute(_SLOW).one()[0])


@cache.cached(bool, tags=lambda **_: ("words",))
def read_in_many_steps(session: ReadSession) -> bool:
    """The same with many short statements."""
    answers = {bool(session.execute(_STEP).one()[0]) for _ in range(300)}
    return True in answers


def add(word: str, *, is_invalidated: bool = True) -> None:
    """Add a word; invalidates the tag unless told otherwise."""
    with db.writing() as session:
        session.execute(_ADD, {"word": word})
        if is_invalidated:
            db.invalidate(session, "words")


class Process:
    """A Plaza process that reads and writes on command."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Wrap the started process."""
        self._process = process

    def send(self, command: str, argument: str) -> Counted:
        """Send a command; its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{command} {argument}\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return found[0], found[1]


@contextmanager
def process(kind: str) -> Iterator[Process]:
    """A process that `listens` to invalidations, or is `deaf`."""
    command = [sys.executable, "-m", "tests.infra.replica_reads", kind]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield Process(started)
        finally:
            started.kill()


async def _run_commands(kind: str) -> None:
    following = asyncio.create_task(lifespan._follow_invalidations(lambda _: None)) if kind == "listens" else None
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, argument = line.split()
        if command == "add":
            await asyncio.to_thread(add, argument)
        found = await cache.read(count_words, prefix=argument[0]) if command == "read" else (False, 0)
        print(json.dumps(found), flush=True)
    if following:
        following.cancel()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for the answers
    invalidation.work_redis()
    asyncio.run(_run_commands(sys.argv[1]))
