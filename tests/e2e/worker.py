"""`python -m tests.e2e.worker`: one worker for all queues, where production has a process per queue."""

import importlib

from platform_app.infra import engines, jobs, log
from workers.queues import QUEUES

if __name__ == "__main__":
    log.configure("worker")
    engines.set_statement_timeout(jobs.TIMEOUT_SECONDS)
    # Imported here once, so that the fork of each job need not.
    for queue in QUEUES:
        importlib.import_module(f"workers.{queue}")
    jobs.worker(*QUEUES).work(logging_level="WARNING")
