"""Places in PostgreSQL's write-ahead log: what a commit has reached, and what a replica has replayed."""

import re
from typing import NamedTuple

_TEXT_PATTERN = re.compile(r"[0-9A-F]{24}")


class Position(NamedTuple):
    """A place in the log of one timeline; each promotion of a replica begins another timeline."""

    timeline: int
    lsn: int

    def __str__(self) -> str:
        """As text of one length, which sorts as positions do."""
        return f"{self.timeline:08X}{self.lsn:016X}"

    def has_reached(self, other: "Position") -> bool:
        """Whether whoever has replayed this has replayed the other too.

        A later timeline does not have what the earlier one lost: it has passed what it is as far as, and then only.
        """
        return self.timeline >= other.timeline and self.lsn >= other.lsn


def parse(text: str) -> Position | None:
    """What `str` made of a position; None of anything else."""
    return Position(int(text[:8], 16), int(text[8:], 16)) if _TEXT_PATTERN.fullmatch(text) else None


def from_lsn(timeline: int, lsn: str) -> Position:
    """A position from PostgreSQL's own words, such as 1 and 0/16B3748."""
    high, low = lsn.split("/")
    return Position(timeline, (int(high, 16) << 32) + int(low, 16))


# How far the primary's log is safe, which no commit that was waited for is behind, and replicas get no further; where commits
# are not waited for, how far it is written at all. A log file's name begins with the timeline. An error in recovery.
CURRENT_POSITION = """
SELECT ('x' || left(pg_walfile_name(at), 8))::bit(32)::int, at::text FROM (SELECT CASE current_setting('synchronous_commit')
  WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END) AS log(at)
"""
