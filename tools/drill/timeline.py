"""What users and programs observed over time: every response with its kind, or the failure."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Observation:
    """One request or event, timed by a monotonic clock; `failed` describes a failure."""

    kind: str
    started: float
    ended: float
    failed: str = ""


@dataclass
class Timeline:
    """All observations, in the order in which they ended."""

    observations: list[Observation] = field(default_factory=list)
    stale_reads: list[str] = field(default_factory=list)  # own writes that their writer did not see
    disconnects: list[tuple[float, float]] = field(default_factory=list)  # when a socket was lost, and when it was back
    skipped: int = 0  # not sent, since too much was in flight

    def record(self, kind: str, started: float, failed: str = "") -> None:
        """Record a request or event that has just ended."""
        self.observations.append(Observation(kind, started, time.perf_counter(), failed))

    def since(self, start: float) -> Iterator[Observation]:
        """The observations that ended since then."""
        return (each for each in self.observations if each.ended >= start)


def failures(observations: Sequence[Observation]) -> Counter[str]:
    """The number of failures by kind and description."""
    return Counter(f"{each.kind}: {each.failed}" for each in observations if each.failed)


def recovery_seconds(observations: Sequence[Observation], kind: str) -> float:
    """Seconds from the start of the first failure to the end of the first success after the last failure."""
    of_kind = [each for each in observations if each.kind == kind]
    failed = [each for each in of_kind if each.failed]
    if not failed:
        return 0.0
    last = max(each.started for each in failed)
    again = min((each.ended for each in of_kind if not each.failed and each.started > last), default=float("inf"))
    return again - min(each.started for each in failed)


def slowest_seconds(observations: Sequence[Observation], kind: str) -> float:
    """Seconds of the slowest response."""
    return max(
        (each.ended - each.started for each in observations if each.kind == kind and not each.failed), default=0.0
    )
