"""What people and programs saw, second by second: each answer with its kind, or what came instead."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """One request or event, by a clock that never goes back; `failed` says what came instead of an answer."""

    kind: str
    began: float
    ended: float
    failed: str = ""


@dataclass
class Timeline:
    """Everything seen, in the order in which it ended."""

    seen: list[Seen] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)  # own writes that somebody did not see
    away: list[tuple[float, float]] = field(default_factory=list)  # when a socket was lost, and when it was back
    skipped: int = 0  # what was not sent, since too much was under way

    def note(self, kind: str, began: float, failed: str = "") -> None:
        """It has ended just now."""
        self.seen.append(Seen(kind, began, time.perf_counter(), failed))

    def window(self, begin: float) -> Iterator[Seen]:
        """What ended since then."""
        return (each for each in self.seen if each.ended >= begin)


def failures(seen: Sequence[Seen]) -> Counter[str]:
    """How often which kind failed in which way."""
    return Counter(f"{each.kind}: {each.failed}" for each in seen if each.failed)


def recovery(seen: Sequence[Seen], kind: str) -> float:
    """Seconds from when the first one that failed began to the end of the first success after the last that failed."""
    mine = [each for each in seen if each.kind == kind]
    failed = [each for each in mine if each.failed]
    if not failed:
        return 0.0
    last = max(each.began for each in failed)
    again = min((each.ended for each in mine if not each.failed and each.began > last), default=float("inf"))
    return again - min(each.began for each in failed)


def longest(seen: Sequence[Seen], kind: str) -> float:
    """Seconds that the slowest answer took."""
    return max((each.ended - each.began for each in seen if each.kind == kind and not each.failed), default=0.0)
