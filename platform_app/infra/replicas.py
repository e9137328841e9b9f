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

from platform_app.infra import engines, lsn, metrics
from platform_app.infra.lsn import Position
from platform_app.infra.settings import settings

PROBE_INTERVAL_SECONDS = 1.0  # between two questions to a server
PROBE_MAX_AGE_SECONDS = 3.0  # that its answer counts for
READ_TIMEOUT_SECONDS = engines.PUBLIC_SECONDS  # that a read may take on a replica; then it is the primary's
GRACE_SECONDS = (
    1.0  # for which it is waited for after that: what is too heavy is PostgreSQL's to end, and costs no replica
)
UNKNOWN = "not everybody was asked yet"
# Who follows another server knows its timeline at once, and says it to whoever may read statistics; the control file
# says it from the next restart point on. Who follows nobody is on the timeline that its log files are named after.
STATUS_QUERY = """
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
class ServerStatus:
    """What a server said of itself, and when it was asked by this machine's clock."""

    is_recovering: bool
    started: str  # tells a server from all others
    position: Position
    probed_at: float


@dataclass
class Server:
    """A server that is asked, with its last answer."""

    name: str
    url: str
    is_responding: bool | None = None  # None until it was asked
    last_status: ServerStatus | None = None
    connection: psycopg.Connection[tuple[object, ...]] | None = None


@dataclass
class Replica(Server):
    """A server of `PLAZA_REPLICA_URLS`, its connections, and as many threads as it has connections."""

    engine: Engine = field(kw_only=True)
    limiter: anyio.CapacityLimiter = field(kw_only=True)
    fault: str = UNKNOWN

    def mark_unavailable(self) -> None:
        """Read it no more until it has answered again."""
        self.is_responding = False


class ReplicaMonitor:
    """What is known of the primary and of its replicas."""

    def __init__(self) -> None:
        """Nothing is known yet, and nobody is asked."""
        config = settings()
        self.primary = Server("primary", config.database_url.get_secret_value())
        self.replicas = [_make_replica(url.get_secret_value()) for url in config.replica_urls]
        self._max_lag = config.replica_max_lag
        self._primary_history: deque[ServerStatus] = deque()  # where the primary has been, the oldest first
        self._observed_since = time.monotonic()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Ask every server from now on, until the end."""
        for server in (self.primary, *self.replicas):
            name = f"replicas: {server.name}"
            threading.Thread(target=self._probe_loop, args=(server,), name=name, daemon=True).start()

    def stop(self) -> None:
        """Ask no more, and let go of every connection that nobody reads from just now."""
        self._stopped.set()
        for replica in self.replicas:
            replica.engine.dispose()

    def pick(self) -> Replica | None:
        """One that seems fit to be read, if there is any."""
        now = time.monotonic()
        candidates = [replica for replica in self.replicas if not self._replica_fault(replica, now=now)]
        return random.choice(candidates) if candidates else None  # noqa: S311 - only spreads the load

    def require(self, session: Session, min_position: Position) -> None:
        """Unfit, unless the server that this session is with may be read, and has replayed what is needed."""
        status = _parse_status(session.execute(text(STATUS_QUERY)).one(), probed_at=time.monotonic())
        fault = self._fault(status, now=status.probed_at)
        if fault or not status.position.has_reached(min_position):
            raise Unfit(fault or "it has not replayed what is needed")

    def _replica_fault(self, replica: Replica, *, now: float) -> str:
        if replica.is_responding is None:
            return UNKNOWN
        if (
            replica.last_status is None
            or not replica.is_responding
            or now - replica.last_status.probed_at > PROBE_MAX_AGE_SECONDS
        ):
            return "it does not answer"
        return self._fault(replica.last_status, now=now)

    def _fault(self, status: ServerStatus, *, now: float) -> str:
        """Why a server that says this is not to be read; nothing when it may be."""
        primary = self.primary.last_status
        if primary is None:
            return UNKNOWN
        if not status.is_recovering and status.started != primary.started:
            return "it takes writes, and is not the primary"
        if status.position.timeline != primary.position.timeline:
            return "it is on another timeline than the primary"
        return "it is too far behind" if self._seconds_behind(status.position, now=now) > self._max_lag else ""

    def _seconds_behind(self, position: Position, *, now: float) -> float:
        """Seconds since the primary was seen where this is; since it was first seen, when it was never seen there.

        A primary that no longer answers has not been seen anywhere else: its replicas are read on.
        """
        with self._lock:
            history = list(self._primary_history)
        if history and position.has_reached(history[-1].position):
            return 0.0
        return now - max(
            (status.probed_at for status in history if position.has_reached(status.position)),
            default=self._observed_since,
        )

    def _replica_lag(self, replica: Replica, *, now: float) -> float:
        """The figure: how far behind it is, or how long it has not been heard of."""
        if replica.last_status is None:
            return now - self._observed_since
        silent = now - replica.last_status.probed_at
        return max(
            self._seconds_behind(replica.last_status.position, now=now),
            silent if silent > PROBE_MAX_AGE_SECONDS else 0.0,
        )

    def _probe_loop(self, server: Server) -> None:
        while not self._stopped.is_set():
            started_at = time.monotonic()
            try:
                self._probe(server, probed_at=started_at)
                server.is_responding = True
            except (psycopg.Error, ValueError) as error:
                if server.is_responding is not False:
                    log.warning("a database server does not answer", server=server.name, error=str(error)[:300])
                server.is_responding = False
                _close(server)
            self._update_health()
            self._stopped.wait(started_at + PROBE_INTERVAL_SECONDS - time.monotonic())
        _close(server)

    def _probe(self, server: Server, *, probed_at: float) -> None:
        if server.connection is None:
            session_attrs = "read-write" if server is self.primary else "any"
            server.connection = engines.probe_connection(server.url, target_session_attrs=session_attrs)
        row = server.connection.execute(STATUS_QUERY).fetchone()
        status = _parse_status(row or (), probed_at=probed_at)
        if server is self.primary:
            self._record_primary(status)
        server.last_status = status

    def _record_primary(self, status: ServerStatus) -> None:
        """Where the primary has been, for as long as a replica may be behind; of an earlier timeline nothing counts."""
        if status.is_recovering:
            raise ValueError("the primary is in recovery")
        with self._lock:
            if self._primary_history and self._primary_history[-1].position.timeline != status.position.timeline:
                self._primary_history.clear()
                self._observed_since = status.probed_at
            self._primary_history.append(status)
            while (
                len(self._primary_history) > 1
                and status.probed_at - self._primary_history[1].probed_at > self._max_lag + PROBE_MAX_AGE_SECONDS
            ):
                self._primary_history.popleft()

    def _update_health(self) -> None:
        """Say of each replica how far behind it is, and when it is left out or back."""
        now = time.monotonic()
        for replica in self.replicas:
            metrics.REPLICA_LAG.labels(replica=replica.name).set(self._replica_lag(replica, now=now))
            fault = self._replica_fault(replica, now=now)
            with self._lock:  # so that one of the threads says it
                before, replica.fault = replica.fault, fault
            if fault not in ("", before):
                log.warning("replica left out", replica=replica.name, reason=fault)
            elif fault != before:
                log.info("replica is read", replica=replica.name)


def are_configured() -> bool:
    """Whether any replica is to be used."""
    return bool(settings().replica_urls)


def any_readable() -> bool:
    """Whether a replica answers now, so that what everyone reads is there without the primary."""
    return are_configured() and monitor().pick() is not None


@cache
def monitor() -> ReplicaMonitor:
    """The watch of this process, begun with the first question."""
    started = ReplicaMonitor()
    started.start()
    return started


def reset_after_fork() -> None:
    """After a fork, which the threads did not survive: read no replica until a watch of our own has begun."""
    if monitor.cache_info().currsize:
        for replica in monitor().replicas:
            replica.engine.dispose(close=False)
        monitor.cache_clear()


def _make_replica(url: str) -> Replica:
    parsed_url = make_url(url)
    size = settings().database_pool
    engine = engines.pooled_engine(url, size=size, read_seconds=READ_TIMEOUT_SECONDS)
    name = f"{parsed_url.host or 'local'}:{parsed_url.port or 5432}"
    return Replica(name, url, engine=engine, limiter=anyio.CapacityLimiter(size))


def _parse_status(row: Sequence[object], *, probed_at: float) -> ServerStatus:
    recovering, started, lsn_text, timeline = row
    return ServerStatus(bool(recovering), str(started), lsn.from_lsn(int(str(timeline)), str(lsn_text)), probed_at)


def _close(server: Server) -> None:
    if server.connection is not None:
        server.connection.close()
        server.connection = None
