"""Read replicas: monitor them, and decide which may answer public reads.

A replica is used if it answers, lags less than `PLAZA_REPLICA_MAX_LAG`, follows the primary's timeline and has replayed
the position that the reader needs. If any of this is unknown, the primary is used. Probing every server once a second
selects candidates; the final check runs in the very session that reads, since a host name may lead to several servers
and change.

Each server has its own probe thread, so that one that hangs does not delay the others. Without `PLAZA_REPLICA_URLS`
there are no replicas.
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

PROBE_INTERVAL_SECONDS = 1.0  # between two probes of a server
PROBE_MAX_AGE_SECONDS = 3.0  # validity of a probe
READ_TIMEOUT_SECONDS = engines.PUBLIC_SECONDS  # for a read on a replica; then the primary is used
GRACE_SECONDS = 1.0  # extra wait, so that PostgreSQL itself cancels a heavy query and the replica stays in use
UNKNOWN = "not all servers were probed yet"
# A streaming standby knows its timeline at once and shows it to roles that may read statistics; its control file has it
# from the next restart point on. A primary's timeline is in the names of its WAL files.
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
    """The replica may not be used; the message says why."""


@dataclass(frozen=True)
class ServerStatus:
    """A server's status, and the local time of the probe."""

    is_recovering: bool
    started: str  # start time, identifies the server
    position: Position
    probed_at: float


@dataclass
class Server:
    """A probed server with its last status."""

    name: str
    url: str
    is_responding: bool | None = None  # None until the first probe
    last_status: ServerStatus | None = None
    connection: psycopg.Connection[tuple[object, ...]] | None = None


@dataclass
class Replica(Server):
    """A server in `PLAZA_REPLICA_URLS` with its connection pool and a thread limiter of the same size."""

    engine: Engine = field(kw_only=True)
    limiter: anyio.CapacityLimiter = field(kw_only=True)
    fault: str = UNKNOWN

    def mark_unavailable(self) -> None:
        """Stop using the replica until it answers a probe again."""
        self.is_responding = False


class ReplicaMonitor:
    """Monitors the primary and its replicas."""

    def __init__(self) -> None:
        """Create the monitor without probing yet."""
        config = settings()
        self.primary = Server("primary", config.database_url.get_secret_value())
        self.replicas = [_make_replica(url.get_secret_value()) for url in config.replica_urls]
        self._max_lag = config.replica_max_lag
        self._primary_history: deque[ServerStatus] = deque()  # oldest first
        self._observed_since = time.monotonic()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start probing every server."""
        for server in (self.primary, *self.replicas):
            name = f"replicas: {server.name}"
            threading.Thread(target=self._probe_loop, args=(server,), name=name, daemon=True).start()

    def stop(self) -> None:
        """Stop probing and close idle connections."""
        self._stopped.set()
        for replica in self.replicas:
            replica.engine.dispose()

    def pick(self) -> Replica | None:
        """A random usable replica; None if there is none."""
        now = time.monotonic()
        candidates = [replica for replica in self.replicas if not self._replica_fault(replica, now=now)]
        return random.choice(candidates) if candidates else None  # noqa: S311 - only spreads the load

    def require(self, session: Session, min_position: Position) -> None:
        """Raise Unfit unless this session's server is usable and has replayed the position."""
        status = _parse_status(session.execute(text(STATUS_QUERY)).one(), probed_at=time.monotonic())
        fault = self._fault(status, now=status.probed_at)
        if fault or not status.position.has_reached(min_position):
            raise Unfit(fault or "it has not replayed the required position")

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
        """Why a server with this status may not be used; empty if it may."""
        primary = self.primary.last_status
        if primary is None:
            return UNKNOWN
        if not status.is_recovering and status.started != primary.started:
            return "it accepts writes but is not the primary"
        if status.position.timeline != primary.position.timeline:
            return "it is on a different timeline from the primary"
        return "it is too far behind" if self._seconds_behind(status.position, now=now) > self._max_lag else ""

    def _seconds_behind(self, position: Position, *, now: float) -> float:
        """Seconds since the primary was at this position, or since observation started if it never was.

        If the primary stops answering, its last known position stays, so its replicas remain usable.
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
        """The lag metric: how far the replica is behind, or for how long it has not answered."""
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
        """Record the primary's position for the maximum lag; a new timeline clears the history."""
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
        """Update the lag metrics and log changes of the replicas' usability."""
        now = time.monotonic()
        for replica in self.replicas:
            metrics.REPLICA_LAG.labels(replica=replica.name).set(self._replica_lag(replica, now=now))
            fault = self._replica_fault(replica, now=now)
            with self._lock:  # so that only one thread logs it
                before, replica.fault = replica.fault, fault
            if fault not in ("", before):
                log.warning("replica left out", replica=replica.name, reason=fault)
            elif fault != before:
                log.info("replica is read", replica=replica.name)


def are_configured() -> bool:
    """Whether replicas are configured."""
    return bool(settings().replica_urls)


def any_readable() -> bool:
    """Whether a replica is usable, so that public reads work without the primary."""
    return are_configured() and monitor().pick() is not None


@cache
def monitor() -> ReplicaMonitor:
    """This process's monitor, started on first use."""
    started = ReplicaMonitor()
    started.start()
    return started


def reset_after_fork() -> None:
    """After a fork, which the probe threads do not survive: discard the monitor, so that a new one starts on use."""
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
