"""`python -m tests.e2e.worker`: one worker of every queue, where production has a process for each."""

import importlib

from platform_app.infra import engines, jobs, log
from workers.queues import QUEUES

if __name__ == "__main__":
    log.configure("worker")
    engines.set_statement_timeout(jobs.TIMEOUT_SECONDS)
    # Loaded here, once, so that the fork of each job does not have to.
    for queue in QUEUES:
        importlib.import_module(f"workers.{queue}")
    jobs.worker(*QUEUES).work(logging_level="WARNING")
