"""Child processes end with everything that they have started."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from platform_app.infra.settings import ROOT
from platform_app.stack import processes

# Announces the pid of a child that has left its process group, then waits to be ended.
STUBBORN_CODE = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
open(sys.argv[1], "w").write(str(child.pid)); open(sys.argv[1] + ".done", "w").close()
time.sleep(600)
"""


def wait_for_pid(announced: Path) -> int:
    done = announced.with_name(announced.name + ".done")
    while not done.exists():
        os.sched_yield()
    return int(announced.read_text())


def test_stopping_ends_a_child_that_ignores_it_and_a_grandchild_in_another_group(tmp_path: Path) -> None:
    announced = tmp_path / "pid"
    child = processes.spawn([sys.executable, "-c", STUBBORN_CODE, str(announced)], log=tmp_path / "log")
    grandchild = psutil.Process(wait_for_pid(announced))
    processes.stop(child, seconds=0.1)
    assert child.returncode == -signal.SIGKILL
    assert not processes.is_alive(grandchild)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    announced = tmp_path / "pid"
    parent_code = f"""
        import time
        from pathlib import Path
        from platform_app.stack import processes
        child = processes.spawn(["sleep", "600"], log=Path({str(tmp_path / "log")!r}))
        Path({str(announced)!r}).write_text(str(child.pid)); Path({str(announced) + ".done"!r}).touch()
        time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(parent_code)], cwd=ROOT)
    child = psutil.Process(wait_for_pid(announced))
    parent.kill()
    parent.wait()
    while processes.is_alive(child):
        os.sched_yield()


def test_output_is_appended_to_a_log_that_its_owner_only_can_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for word in ("first", "second"):
        assert processes.spawn(["sh", "-c", f"echo {word} >&2"], log=log).wait() == 0
    assert log.read_text() == "first\nsecond\n"
    assert log.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_not_free_and_its_process_is_found() -> None:
    port = processes.free_port()
    assert processes.is_free(port)
    with socket.socket() as taken:
        taken.bind((processes.HOST, port))
        taken.listen()
        assert not processes.is_free(port)
        assert processes.is_listening(port)
        holder = processes.listening_process(port)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert processes.is_free(port)
    assert not processes.is_listening(port)


def test_checking_a_port_never_blocks_a_server_that_starts_on_it() -> None:
    port, over = processes.free_port(), threading.Event()

    def probe() -> None:
        while not over.is_set():
            processes.is_free(port)

    with ThreadPoolExecutor() as pool:
        asking = pool.submit(probe)
        try:
            for _ in range(2000):
                socket.create_server((processes.HOST, port)).close()
        finally:
            over.set()
        asking.result()


def test_a_privileged_port_is_distinguished_from_a_taken_one() -> None:
    child = os.fork()
    if child == 0:  # root may listen anywhere, so another OS user asks
        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            processes.is_free(1)
            os._exit(1)
        except PermissionError:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_port_is_given_out_once_even_before_anything_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [processes.free_port() for _ in range(3)]
    monkeypatch.setattr(processes, "PORT_RANGE", few)
    monkeypatch.setattr(processes, "_assigned_ports", set())
    assert sorted(processes.free_port() for _ in few) == sorted(few)
