"""The queues, one per noun with jobs and one for mail, and the workers that serve them."""

from pathlib import Path

from platform_app.domain.nouns import NOUNS

MAIL = "mail"
FOLDER = Path(__file__).parent
QUEUES: tuple[str, ...] = tuple(sorted(name for name in (*NOUNS, MAIL) if (FOLDER / f"{name}.py").exists()))

GENERAL = "general"  # the worker of every queue without one of its own, which it serves in turn
# The nice values of workers with a queue of their own, which has long jobs or must not wait for those of others: pages
# take priority over pictures and statistics.
NICENESS = {"activity": 15, "imports": 5, "mail": 0, "media": 15, "search": 5}
WORKERS: dict[str, tuple[str, ...]] = {
    **{queue: (queue,) for queue in NICENESS},
    GENERAL: tuple(queue for queue in QUEUES if queue not in NICENESS),
}
