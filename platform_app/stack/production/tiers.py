"""Plaza's own processes: two colours of web and api, a worker a queue, two clocks, each with figures of its own."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen

from platform_app.stack.nginx import Colour, Service
from platform_app.stack.production.plan import COLOURS, Plan, child
from platform_app.stack.run import Run, python
from platform_app.stack.supervisor import Child, Stage

CLOCKS = (1, 2)


def serving(run: Run, plan: Plan, colour: str, *, count: int) -> list[Child]:
    """The web and api processes of one colour."""
    return [
        _child(run, plan, name, [tier, "--port", str(plan.port(name))], stage=Stage.FRONT, colour=colour)
        for tier in ("api", "web")
        for name in names(tier, colour, count=count)
    ]


def background(run: Run, plan: Plan, queues: Sequence[str]) -> list[Child]:
    """A worker for each queue, and two clocks of which one leads."""
    workers = [
        _child(run, plan, f"worker-{queue}", ["worker", queue], stage=Stage.WORKERS, colour=COLOURS[0])
        for queue in queues
    ]
    clocks = [
        _child(run, plan, f"clock-{number}", ["clock"], stage=Stage.FRONT, colour=COLOURS[0]) for number in CLOCKS
    ]
    return [*workers, *clocks]


def upstream(plan: Plan, colour: str, *, count: int) -> Colour:
    """The same colour as the edge knows it."""
    servers = {tier: [plan.address(name) for name in names(tier, colour, count=count)] for tier in ("api", "web")}
    return Colour(web=servers["web"], services=[Service(name="api", servers=servers["api"])])


def names(tier: str, colour: str, *, count: int) -> list[str]:
    """The names of a tier's processes."""
    return [f"{tier}-{colour}-{number}" for number in range(1, count + 1)]


def figures(plan: Plan, name: str) -> str:
    """Where Prometheus finds the figures of a process."""
    return plan.address(f"figures-{name}")


def _child(run: Run, plan: Plan, name: str, arguments: Sequence[str], *, stage: Stage, colour: str) -> Child:
    folder = run.data / "metrics" / name
    more = {
        "PLAZA_METRICS_PORT": str(plan.port(f"figures-{name}")),
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "PLAZA_RELEASE": colour,
    }

    def launch() -> Popen[bytes]:
        _emptied(folder)  # what the process before it counted went with it, as with a container
        return python(run, ["platform_app", *arguments], log=plan.log(name), more=more)

    return child(plan, name, stage, launch)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
