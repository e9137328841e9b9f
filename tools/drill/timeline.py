"""What people and programs saw, second by second: each answer with its kind, or what came instead."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Observation:
    """One request or event, by a clock that never goes back; `failed` says what came instead of an answer."""

    kind: str
    started: float
    ended: float
    failed: str = ""


@dataclass
class Timeline:
    """Everything seen, in the order in which it ended."""

    observations: list[Observation] = field(default_factory=list)
    stale_reads: list[str] = field(default_factory=list)  # own writes that somebody did not see
    disconnects: list[tuple[float, float]] = field(default_factory=list)  # when a socket was lost, and when it was back
    skipped: int = 0  # what was not sent, since too much was under way

    def record(self, kind: str, started: float, failed: str = "") -> None:
        """It has ended just now."""
        self.observations.append(Observation(kind, started, time.perf_counter(), failed))

    def since(self, start: float) -> Iterator[Observation]:
        """What ended since then."""
        return (each for each in self.observations if each.ended >= start)


def failures(observations: Sequence[Observation]) -> Counter[str]:
    """How often which kind failed in which way."""
    return Counter(f"{each.kind}: {each.failed}" for each in observations if each.failed)


def recovery_seconds(observations: Sequence[Observation], kind: str) -> float:
    """Seconds from when the first one that failed began to the end of the first success after the last that failed."""
    of_kind = [each for each in observations if each.kind == kind]
    failed = [each for each in of_kind if each.failed]
    if not failed:
        return 0.0
    last = max(each.started for each in failed)
    again = min((each.ended for each in of_kind if not each.failed and each.started > last), default=float("inf"))
    return again - min(each.started for each in failed)


def slowest_seconds(observations: Sequence[Observation], kind: str) -> float:
    """Seconds that the slowest answer took."""
    return max(
        (each.ended - each.started for each in observations if each.kind == kind and not each.failed), default=0.0
    )
