"""Start, watch and stop child processes, so that none outlives its parent."""

import ctypes
import os
import pwd
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

HOST = "127.0.0.1"
# Below the kernel's range for outgoing connections, so that a restarted server finds its old port free.
PORT_RANGE = range(20_000, 32_000)
PR_SET_PDEATHSIG = 1
KILL_SECONDS = 10
LIBC = ctypes.CDLL(None)
_assigned_ports: set[int] = set()  # ports returned by free_port, which may not be in use yet


def free_port() -> int:
    """A loopback port that is free, and that this process has not assigned before."""
    port = next(
        port for port in random.sample(PORT_RANGE, len(PORT_RANGE)) if port not in _assigned_ports and is_free(port)
    )
    _assigned_ports.add(port)
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port; PermissionError if only root may.

    To wait for a server, use `is_listening`.
    """
    with socket.socket() as probe:
        # Without it, connections of a server that has just ended would count as a listener for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))  # without listen(), which could take the port from a server that is just starting
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether a server accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def listening_process(port: int) -> psutil.Process | None:
    """The process that listens on `port`, if this user may see it."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        if listens and connection.pid:
            return psutil.Process(connection.pid)
    return None


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    os_user: pwd.struct_passwd | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own process group that ends when we do; output goes to `log`, or to ours if None."""
    output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output if output is None else subprocess.STDOUT,
            env=env,
            cwd=cwd,
            user=os_user.pw_uid if os_user else None,
            group=os_user.pw_gid if os_user else None,
            extra_groups=[] if os_user else None,
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid(), death_signal),  # noqa: PLW1509 - it takes no lock and imports nothing
        )
    finally:
        if output is not None:
            os.close(output)


def stop(process: subprocess.Popen[bytes], *, sig: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """Ask a child to end, kill it after `seconds`, and kill its descendants."""
    stop_all([process], sig=sig, seconds=seconds)


def stop_all(
    processes: Sequence[subprocess.Popen[bytes]], *, sig: signal.Signals = signal.SIGTERM, seconds: float = 10
) -> None:
    """Stop several children at once, as `stop` does."""
    children = [relative for process in processes for relative in descendants(process.pid)]
    for process in processes:
        process.send_signal(sig)
    deadline = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0, deadline - time.monotonic()))
        process.kill()
        process.wait()
        kill_group(process)
    kill(children)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the processes that an ended child left in its process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def terminate(processes: Sequence[psutil.Process], *, seconds: float = 10) -> None:
    """Stop processes that are not our children, with their descendants."""
    children = [relative for process in processes for relative in descendants(process.pid)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _wait_for_exit(processes, seconds)
    kill([*processes, *children])


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill processes; those that have ended already are ignored."""
    living = [process for process in processes if is_alive(process)]
    for process in living:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _wait_for_exit(living, KILL_SECONDS)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def descendants(pid: int) -> list[psutil.Process]:
    """The living descendants of a process."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """Have the kernel send us a signal when our parent ends; call it first in a new child."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)


def _wait_for_exit(processes: Sequence[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    return lambda: die_with_parent(parent, death_signal)
