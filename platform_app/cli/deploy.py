"""`./plaza deploy`: switching colours, and the configuration of the edge."""

import subprocess
from pathlib import Path
from typing import Annotated, Literal

import typer

from platform_app.cli.errors import CommandError
from platform_app.rest.routers import group_paths
from platform_app.stack import blue_green, container_edges, nginx
from platform_app.stack.production import edge as topology_edge

deploy = typer.Typer(help="Switch colours and write the configuration of the edge.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(deploy, name="deploy")
Namespace = Annotated[str, typer.Option(help="The Kubernetes namespace of Plaza.")]
EdgeDirectory = Annotated[
    Path | None, typer.Option("--edge", help="The configuration folder of a local nginx, instead of a cluster.")
]


DataDirectory = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder of a production topology on this machine, instead of a cluster."),
]


@deploy.command()
def switch(
    colour: Annotated[str, typer.Argument(help="blue or green.")],
    namespace: Namespace = "plaza",
    edge: EdgeDirectory = None,
    data: DataDirectory = None,
) -> None:
    """Make a colour active, once all of it is ready."""
    if data:
        previous = topology_edge.switch(data.absolute(), colour)
    else:
        previous = _reload_nginx(edge, colour) if edge else blue_green.switch(colour, namespace=namespace)
    print(f"Visitors get {colour}; before, they got {previous}. To go back: ./plaza deploy rollback")


@deploy.command()
def rollback(namespace: Namespace = "plaza") -> None:
    """Make the colour from before the last switch active again."""
    print(f"Visitors get {blue_green.rollback(namespace=namespace)} again.")


@deploy.command()
def active(namespace: Namespace = "plaza", edge: EdgeDirectory = None) -> None:
    """Show the active colour."""
    print(nginx.active_colour(edge) if edge else blue_green.active(namespace))


@deploy.command("nginx")
def write_edge_config(
    kind: Annotated[Literal["compose", "kubernetes"], typer.Argument(help="The target environment.")],
    to: Annotated[Path, typer.Option(help="The folder to write to; created if missing.")],
    name: Annotated[list[str] | None, typer.Option(help="A host name of the marketplace.")] = None,
) -> None:
    """Write the edge's configuration for containers, or for the chart together with the paths of each API group."""
    edge = container_edges.compose(names=tuple(name or ("_",))) if kind == "compose" else container_edges.kubernetes()
    to.mkdir(parents=True, exist_ok=True)
    (to / nginx.CONFIG_FILE).write_text(nginx.render(edge))
    if kind == "kubernetes":
        (to / container_edges.SERVICES_FILE).write_text(container_edges.services_file_text(group_paths()))
    if kind == "compose":
        nginx.activate(to, "blue")
        if not (to / nginx.KEY_FILE).exists():
            nginx.write_new_key(to)
    print(f"Written to {to}.")


def _reload_nginx(folder: Path, colour: str) -> str:
    previous = nginx.active_colour(folder)
    nginx.activate(folder, colour)
    command = ["nginx", "-p", str(folder), "-c", str(folder / nginx.CONFIG_FILE), "-s", "reload"]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode:
        nginx.activate(folder, previous)
        raise CommandError(f"nginx did not accept the new colour and keeps {previous}: {completed.stderr.strip()}")
    return previous
