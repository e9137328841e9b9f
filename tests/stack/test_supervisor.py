"""Child processes are restarted, stopped in order, and found again after a kill."""

import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import psutil
import pytest

from platform_app.stack import datadir, processes, runfile, supervisor, up
from platform_app.stack.errors import StackError
from platform_app.stack.supervisor import Child, Stage


def sleeper(tmp_path: Path, name: str = "web-1", stage: Stage = Stage.FRONT) -> Child:
    launch = partial(processes.spawn, ["sleep", "600"], log=tmp_path / f"{name}.log")
    return Child(name=name, stage=stage, launch=launch)


def wait_for_restarts(child: Child, log: Path, restarts: int) -> None:
    while child.restarts < restarts:
        supervisor.restart_if_ended(child, log=log)


def test_a_killed_child_is_restarted_after_a_logged_delay_that_doubles(tmp_path: Path) -> None:
    child, log = sleeper(tmp_path), tmp_path / "supervisor.log"
    supervisor.start(child)
    try:
        for restarts, delay in ((1, 0.2), (2, 0.4), (3, 0.8)):
            assert child.process is not None
            killed = child.process.pid
            os.kill(killed, signal.SIGKILL)
            wait_for_restarts(child, log, restarts)
            assert child.delay == delay
            assert child.process is not None
            assert child.process.pid != killed
            assert child.process.poll() is None
        assert log.read_text().count("web-1 ended (exit code -9)") == 3
        child.started -= supervisor.STABLE_SECONDS + 1
        supervisor.restart_if_ended(child, log=log)
        assert child.delay == 0.0
    finally:
        supervisor.stop([child])


def test_the_delay_stops_at_five_seconds_and_a_failed_launch_is_retried(tmp_path: Path) -> None:
    missing = partial(processes.spawn, [tmp_path / "nowhere"], log=tmp_path / "log")
    child, log = Child(name="web-1", stage=Stage.FRONT, launch=missing), tmp_path / "supervisor.log"
    delays = []
    for _ in range(7):
        child.due = 0.0
        assert not supervisor.restart_if_ended(child, log=log)
        delays.append(child.delay)
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert child.restarts == 0


def test_watching_reports_every_change_until_it_is_stopped(tmp_path: Path) -> None:
    children = [sleeper(tmp_path, name) for name in ("web-1", "web-2")]
    for child in children:
        supervisor.start(child)
    changes = 0

    def changed() -> None:
        nonlocal changes
        changes += 1
        if changes == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    before = {sig: signal.getsignal(sig) for sig in supervisor.SIGNALS}
    try:
        assert children[1].process is not None
        children[1].process.kill()
        with pytest.raises(supervisor.Stopped), supervisor.stop_on_signal():
            supervisor.watch(children, log=tmp_path / "supervisor.log", on_change=changed)
        assert [child.restarts for child in children] == [0, 1]
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
        supervisor.stop(children)


def test_a_run_ends_with_an_essential_child(tmp_path: Path) -> None:
    launch = partial(processes.spawn, ["sh", "-c", "exit 3"], log=tmp_path / "log")
    child = Child(name="reflex", stage=Stage.FRONT, launch=launch, essential=True)
    supervisor.start(child)
    assert child.process is not None
    child.process.wait()
    with pytest.raises(StackError, match="reflex ended with exit code 3"):
        supervisor.restart_if_ended(child, log=tmp_path / "supervisor.log")


def test_services_are_stopped_after_their_clients(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = 'trap "echo $0 >> $1; exit" TERM; touch $1.$0; while :; do sleep 0.01; done'
    names = {Stage.DATABASE: "postgres", Stage.CACHES: "valkey", Stage.WORKERS: "worker", Stage.FRONT: "web"}
    children = [
        Child(
            name=name,
            stage=stage,
            launch=partial(processes.spawn, ["sh", "-c", script, name, str(order)], log=tmp_path / "log"),
        )
        for stage, name in names.items()
    ]
    for child in children:
        supervisor.start(child)
        while not Path(f"{order}.{child.name}").exists():
            os.sched_yield()
    supervisor.stop(children)
    assert order.read_text().split() == ["web", "worker", "valkey", "postgres"]


def test_only_the_processes_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    datadir.prepare(tmp_path)
    recorded = subprocess.Popen(["sleep", "600"])
    marked = subprocess.Popen(["sleep", "600"], env={**os.environ, runfile.RUN_VARIABLE: "the-run"})
    reused = subprocess.Popen(["sleep", "600"])
    stranger = subprocess.Popen(["sleep", "600"], env={**os.environ, runfile.RUN_VARIABLE: "another-run"})
    everyone = [recorded, marked, reused, stranger]
    try:
        entries = [
            runfile.process_entry("web-1", recorded.pid),
            runfile.ProcessEntry(name="clock", pid=reused.pid, created=1.0),
        ]
        while psutil.Process(marked.pid).name() != "sleep" or psutil.Process(stranger.pid).name() != "sleep":
            os.sched_yield()
        runfile.save(tmp_path, runfile.RunRecord(run="the-run", url="", port=1, ready=True, entries=entries))
        up.stop_leftovers(tmp_path)
        assert recorded.wait() == -signal.SIGTERM
        assert marked.wait() == -signal.SIGTERM
        assert [process.poll() for process in (reused, stranger)] == [None, None]
        assert runfile.load(tmp_path) is None
    finally:
        for process in everyone:
            process.kill()
            process.wait()
