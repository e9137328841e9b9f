"""Metrics on a separate port, and what the clock and the event loop report."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from platform_app.infra import db, metrics, outbox
from platform_app.infra.settings import ROOT
from platform_app.stack import processes
from state.core import lifespan


def figures(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return str(answer.read().decode())


def test_metrics_are_served_on_a_separate_port_only(tmp_path: Path) -> None:
    port, api = processes.free_port(), processes.free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PLAZA_METRICS_PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "platform_app", "api", "--port", str(api)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not processes.is_listening(api) and time.monotonic() < deadline:
            time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            figures(api)
        assert 'plaza_request_seconds_count{method="GET",route="/metrics",status="404"} 1.0' in figures(port)
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.usefixtures("clean")
def test_each_queue_reports_the_age_of_its_oldest_job() -> None:
    with db.writing() as session:
        for minutes in (2, 5):
            outbox.add(session, "workers.media.fetch", after=-timedelta(minutes=minutes), picture_ids=[])
        outbox.add(session, "workers.mail.send", after=timedelta(hours=1), mail_id="")
    with db.reading() as session:
        oldest = outbox.oldest_by_queue(session)
    assert set(oldest) == {"media"}
    assert 300 <= oldest["media"] < 330


def test_a_blocked_event_loop_reports_the_delay() -> None:
    async def held_up() -> None:
        measuring = asyncio.create_task(lifespan.measure_lag())
        await asyncio.sleep(0.05)
        time.sleep(0.9)  # noqa: ASYNC251 - this is what must not happen
        await asyncio.sleep(0.3)
        measuring.cancel()

    asyncio.run(held_up())
    assert 0.5 <= metrics.LOOP_LAG._value.get() < 5
