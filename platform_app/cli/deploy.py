"""`./plaza deploy`: what a deployment needs beside its manifests."""

import subprocess
from pathlib import Path
from typing import Annotated, Literal

import typer

from platform_app.cli.errors import CommandError
from platform_app.rest.routers import group_paths
from platform_app.stack import blue_green, container_edges, nginx
from platform_app.stack.production import edge as topology_edge

deploy = typer.Typer(help="Switch colours, and write the edge's configuration.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(deploy, name="deploy")
Namespace = Annotated[str, typer.Option(help="Of the cluster, where Plaza is.")]
EdgeDirectory = Annotated[
    Path | None, typer.Option("--edge", help="Where a local nginx has its configuration, instead of a cluster.")
]


DataDirectory = Annotated[
    Path | None, typer.Option("--data", help="Of a production topology on this machine, instead of a cluster.")
]


@deploy.command()
def switch(
    colour: Annotated[str, typer.Argument(help="blue or green.")],
    namespace: Namespace = "plaza",
    edge: EdgeDirectory = None,
    data: DataDirectory = None,
) -> None:
    """Give visitors this colour, once all of it is ready."""
    if data:
        previous = topology_edge.switch(data.absolute(), colour)
    else:
        previous = _reload_nginx(edge, colour) if edge else blue_green.switch(colour, namespace=namespace)
    print(f"Visitors get {colour}; they had {previous}. Back again: ./plaza deploy rollback")


@deploy.command()
def rollback(namespace: Namespace = "plaza") -> None:
    """Give visitors the colour they had before the last switch."""
    print(f"Visitors get {blue_green.rollback(namespace=namespace)} again.")


@deploy.command()
def active(namespace: Namespace = "plaza", edge: EdgeDirectory = None) -> None:
    """Say which colour visitors get."""
    print(nginx.active_colour(edge) if edge else blue_green.active(namespace))


@deploy.command("nginx")
def write_edge_config(
    kind: Annotated[Literal["compose", "kubernetes"], typer.Argument(help="Where it is for.")],
    to: Annotated[Path, typer.Option(help="A folder, which is made.")],
    name: Annotated[list[str] | None, typer.Option(help="A host name of the marketplace.")] = None,
) -> None:
    """Write the edge's configuration for containers, and for the chart which paths each service answers."""
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
        raise CommandError(f"nginx did not take the new colour, and keeps {previous}: {completed.stderr.strip()}")
    return previous
