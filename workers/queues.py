"""The queues: one per noun with jobs, and one for mail; every worker serves exactly one."""

from pathlib import Path

from platform_app.domain.nouns import NOUNS

MAIL = "mail"
FOLDER = Path(__file__).parent
QUEUES: tuple[str, ...] = tuple(sorted(name for name in (*NOUNS, MAIL) if (FOLDER / f"{name}.py").exists()))

# The nice value of a queue's worker: pages take priority over pictures and statistics.
NICENESS = {"activity": 15, "imports": 5, "media": 15, "search": 5}
