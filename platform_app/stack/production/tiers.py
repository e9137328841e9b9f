"""Plaza's own processes: two colours of web and api, the workers, two clocks, each with its own metrics."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from subprocess import Popen

from platform_app.stack.nginx import Release, Upstream
from platform_app.stack.production.topology import COLOURS, TopologyConfig, topology_child
from platform_app.stack.run import Run, spawn_python
from platform_app.stack.supervisor import Child, Stage

CLOCKS = (1, 2)


def serving_children(run: Run, config: TopologyConfig, colour: str, *, count: int) -> list[Child]:
    """The web and api processes of one colour."""
    return [
        _tier_child(run, config, name, [tier, "--port", str(config.port(name))], stage=Stage.FRONT, colour=colour)
        for tier in ("api", "web")
        for name in process_names(tier, colour, count=count)
    ]


def background_children(run: Run, config: TopologyConfig, workers: Iterable[str]) -> list[Child]:
    """The workers, and two clocks, one of which leads."""
    children = [
        _tier_child(run, config, f"worker-{name}", ["worker", name], stage=Stage.WORKERS, colour=COLOURS[0])
        for name in workers
    ]
    clocks = [
        _tier_child(run, config, f"clock-{number}", ["clock"], stage=Stage.FRONT, colour=COLOURS[0])
        for number in CLOCKS
    ]
    return [*children, *clocks]


def edge_release(config: TopologyConfig, colour: str, *, count: int) -> Release:
    """The same colour as the edge's configuration needs it."""
    servers = {
        tier: [config.address(name) for name in process_names(tier, colour, count=count)] for tier in ("api", "web")
    }
    return Release(web=servers["web"], services=[Upstream(name="api", servers=servers["api"])])


def process_names(tier: str, colour: str, *, count: int) -> list[str]:
    """The names of a tier's processes."""
    return [f"{tier}-{colour}-{number}" for number in range(1, count + 1)]


def metrics_address(config: TopologyConfig, name: str) -> str:
    """The address of a process's metrics for Prometheus."""
    return config.address(f"figures-{name}")


def _tier_child(
    run: Run, config: TopologyConfig, name: str, arguments: Sequence[str], *, stage: Stage, colour: str
) -> Child:
    folder = run.data / "metrics" / name
    extra_env = {
        "PLAZA_METRICS_PORT": str(config.port(f"figures-{name}")),
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "PLAZA_RELEASE": colour,
    }

    def launch() -> Popen[bytes]:
        _empty_folder(folder)  # the former process's counters end with it, as in a container
        return spawn_python(run, ["platform_app", *arguments], log=config.log(name), extra_env=extra_env)

    return topology_child(config, name, stage, launch)


def _empty_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
