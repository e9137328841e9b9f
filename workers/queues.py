"""The queues: one for each noun that has a module of jobs here, and one for mail; a worker serves exactly one queue."""

from pathlib import Path

from platform_app.domain.nouns import NOUNS

MAIL = "mail"
FOLDER = Path(__file__).parent
QUEUES: tuple[str, ...] = tuple(sorted(name for name in (*NOUNS, MAIL) if (FOLDER / f"{name}.py").exists()))

# How far a queue's worker stands back when the processor is wanted elsewhere: pages come before pixels and figures.
NICENESS = {"activity": 15, "imports": 5, "media": 15, "search": 5}
