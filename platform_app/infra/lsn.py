"""Positions in PostgreSQL's write-ahead log (WAL), to compare commits with what replicas have replayed."""

import re
from typing import NamedTuple

_TEXT_PATTERN = re.compile(r"[0-9A-F]{24}")


class Position(NamedTuple):
    """A WAL position on a timeline; every promotion of a replica starts a new timeline."""

    timeline: int
    lsn: int

    def __str__(self) -> str:
        """Fixed-length text that sorts like positions."""
        return f"{self.timeline:08X}{self.lsn:016X}"

    def has_reached(self, other: "Position") -> bool:
        """Whether a replica at this position has replayed the other one too.

        A later timeline may lack what the earlier one lost, so both timeline and LSN must be at least as high.
        """
        return self.timeline >= other.timeline and self.lsn >= other.lsn


def parse(text: str) -> Position | None:
    """The position from its text; None if it is malformed."""
    return Position(int(text[:8], 16), int(text[8:], 16)) if _TEXT_PATTERN.fullmatch(text) else None


def from_lsn(timeline: int, lsn: str) -> Position:
    """A position from a timeline and PostgreSQL's LSN text, such as 1 and 0/16B3748."""
    high, low = lsn.split("/")
    return Position(timeline, (int(high, 16) << 32) + int(low, 16))


# The flushed position: it includes every synchronous commit, and replicas never get further. With asynchronous commits,
# the insert position. A WAL file's name starts with the timeline. Fails on a server in recovery.
CURRENT_POSITION = """
SELECT ('x' || left(pg_walfile_name(at), 8))::bit(32)::int, at::text FROM (SELECT CASE current_setting('synchronous_commit')
  WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END) AS log(at)
"""
