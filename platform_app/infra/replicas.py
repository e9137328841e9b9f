"""Read replicas: which of them may answer what every visitor sees alike, and how they are known to be fit for it.

A replica is read when it answers, is less than `PLAZA_REPLICA_MAX_LAG` behind, follows the timeline of the primary, and
has replayed the position that the reader needs. Where any of this is not known, the primary is read. Every server is
asked once a second, to know whether to try; what counts is what the very session says that is then read from, since an
address may lead to several servers, and to another one in a moment.

Threads ask, one a server, so that one that hangs keeps nobody from hearing of the others. Without `PLAZA_REPLICA_URLS`
there are none.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import anyio
import psycopg
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from platform_app.infra import connecting, metrics, wal
from platform_app.infra.settings import settings
from platform_app.infra.wal import Position

ASK_SECONDS = 1.0  # between two questions to a server
FRESH_SECONDS = 3.0  # that its answer counts for
READ_SECONDS = connecting.PUBLIC_SECONDS  # that a read may take on a replica; then it is the primary's
GRACE_SECONDS = (
    1.0  # for which it is waited for after that: what is too heavy is PostgreSQL's to end, and costs no replica
)
UNKNOWN = "not everybody was asked yet"
# Who follows another server knows its timeline at once, and says it to whoever may read statistics; the control file
# says it from the next restart point on. Who follows nobody is on the timeline that its log files are named after.
QUESTION = """
SELECT recovering, started::text, CASE WHEN recovering THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END::text,
  CASE WHEN recovering THEN greatest(
    (SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
    (SELECT received_tli FROM pg_stat_wal_receiver)
  ) ELSE ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END
FROM pg_is_in_recovery() AS recovering, pg_postmaster_start_time() AS started
"""

log = structlog.get_logger()


class Unfit(Exception):
    """This replica may not answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What a server said of itself, and when it was asked by this machine's clock."""

    is_recovering: bool
    started: str  # tells a server from all others
    position: Position
    at: float


@dataclass
class Server:
    """A server that is asked, with its last answer."""

    name: str
    url: str
    answers: bool | None = None  # None until it was asked
    last: Answer | None = None
    connection: psycopg.Connection[tuple[object, ...]] | None = None


@dataclass
class Replica(Server):
    """A server of `PLAZA_REPLICA_URLS`, its connections, and as many threads as it has connections."""

    engine: Engine = field(kw_only=True)
    limiter: anyio.CapacityLimiter = field(kw_only=True)
    fault: str = UNKNOWN

    def doubt(self) -> None:
        """Read it no more until it has answered again."""
        self.answers = False


class Watch:
    """What is known of the primary and of its replicas."""

    def __init__(self) -> None:
        """Nothing is known yet, and nobody is asked."""
        given = settings()
        self.primary = Server("primary", given.database_url.get_secret_value())
        self.replicas = [_replica(url.get_secret_value()) for url in given.replica_urls]
        self._max_lag = given.replica_max_lag
        self._been: deque[Answer] = deque()  # where the primary has been, the oldest first
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def begin(self) -> None:
        """Ask every server from now on, until the end."""
        for server in (self.primary, *self.replicas):
            name = f"replicas: {server.name}"
            threading.Thread(target=self._keep_asking, args=(server,), name=name, daemon=True).start()

    def end(self) -> None:
        """Ask no more, and let go of every connection that nobody reads from just now."""
        self._ended.set()
        for replica in self.replicas:
            replica.engine.dispose()

    def fit(self) -> Replica | None:
        """One that seems fit to be read, if there is any."""
        now = time.monotonic()
        found = [replica for replica in self.replicas if not self._fault_of(replica, now=now)]
        return random.choice(found) if found else None  # noqa: S311 - only spreads the load

    def require(self, session: Session, needed: Position) -> None:
        """Unfit, unless the server that this session is with may be read, and has replayed what is needed."""
        answer = _answer(session.execute(text(QUESTION)).one(), at=time.monotonic())
        fault = self._fault(answer, now=answer.at)
        if fault or not answer.position.has_passed(needed):
            raise Unfit(fault or "it has not replayed what is needed")

    def _fault_of(self, replica: Replica, *, now: float) -> str:
        if replica.answers is None:
            return UNKNOWN
        if replica.last is None or not replica.answers or now - replica.last.at > FRESH_SECONDS:
            return "it does not answer"
        return self._fault(replica.last, now=now)

    def _fault(self, answer: Answer, *, now: float) -> str:
        """Why a server that says this is not to be read; nothing when it may be."""
        primary = self.primary.last
        if primary is None:
            return UNKNOWN
        if not answer.is_recovering and answer.started != primary.started:
            return "it takes writes, and is not the primary"
        if answer.position.timeline != primary.position.timeline:
            return "it is on another timeline than the primary"
        return "it is too far behind" if self._behind(answer.position, now=now) > self._max_lag else ""

    def _behind(self, position: Position, *, now: float) -> float:
        """Seconds since the primary was seen where this is; since it was first seen, when it was never seen there.

        A primary that no longer answers has not been seen anywhere else: its replicas are read on.
        """
        with self._lock:
            been = list(self._been)
        if been and position.has_passed(been[-1].position):
            return 0.0
        return now - max((answer.at for answer in been if position.has_passed(answer.position)), default=self._since)

    def _lag(self, replica: Replica, *, now: float) -> float:
        """The figure: how far behind it is, or how long it has not been heard of."""
        if replica.last is None:
            return now - self._since
        silent = now - replica.last.at
        return max(self._behind(replica.last.position, now=now), silent if silent > FRESH_SECONDS else 0.0)

    def _keep_asking(self, server: Server) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                self._ask(server, at=began)
                server.answers = True
            except (psycopg.Error, ValueError) as error:
                if server.answers is not False:
                    log.warning("a database server does not answer", server=server.name, error=str(error)[:300])
                server.answers = False
                _close(server)
            self._judge()
            self._ended.wait(began + ASK_SECONDS - time.monotonic())
        _close(server)

    def _ask(self, server: Server, *, at: float) -> None:
        if server.connection is None:
            takes = "read-write" if server is self.primary else "any"
            server.connection = connecting.asking(server.url, target_session_attrs=takes)
        row = server.connection.execute(QUESTION).fetchone()
        answer = _answer(row or (), at=at)
        if server is self.primary:
            self._remember(answer)
        server.last = answer

    def _remember(self, answer: Answer) -> None:
        """Where the primary has been, for as long as a replica may be behind; of an earlier timeline nothing counts."""
        if answer.is_recovering:
            raise ValueError("the primary is in recovery")
        with self._lock:
            if self._been and self._been[-1].position.timeline != answer.position.timeline:
                self._been.clear()
                self._since = answer.at
            self._been.append(answer)
            while len(self._been) > 1 and answer.at - self._been[1].at > self._max_lag + FRESH_SECONDS:
                self._been.popleft()

    def _judge(self) -> None:
        """Say of each replica how far behind it is, and when it is left out or back."""
        now = time.monotonic()
        for replica in self.replicas:
            metrics.REPLICA_LAG.labels(replica=replica.name).set(self._lag(replica, now=now))
            fault = self._fault_of(replica, now=now)
            with self._lock:  # so that one of the threads says it
                before, replica.fault = replica.fault, fault
            if fault not in ("", before):
                log.warning("replica left out", replica=replica.name, reason=fault)
            elif fault != before:
                log.info("replica is read", replica=replica.name)


def are_there() -> bool:
    """Whether any replica is to be used."""
    return bool(settings().replica_urls)


def can_be_read() -> bool:
    """Whether a replica answers now, so that what everyone reads is there without the primary."""
    return are_there() and watch().fit() is not None


@cache
def watch() -> Watch:
    """The watch of this process, begun with the first question."""
    begun = Watch()
    begun.begin()
    return begun


def forget_connections() -> None:
    """After a fork, which the threads did not survive: read no replica until a watch of our own has begun."""
    if watch.cache_info().currsize:
        for replica in watch().replicas:
            replica.engine.dispose(close=False)
        watch.cache_clear()


def _replica(url: str) -> Replica:
    address = make_url(url)
    size = settings().database_pool
    engine = connecting.pool(url, size=size, read_seconds=READ_SECONDS)
    name = f"{address.host or 'local'}:{address.port or 5432}"
    return Replica(name, url, engine=engine, limiter=anyio.CapacityLimiter(size))


def _answer(row: Sequence[object], *, at: float) -> Answer:
    recovering, started, lsn, timeline = row
    return Answer(bool(recovering), str(started), wal.position(int(str(timeline)), str(lsn)), at)


def _close(server: Server) -> None:
    if server.connection is not None:
        server.connection.close()
        server.connection = None
