"""`./plaza deploy`: what a deployment needs beside its manifests."""

import subprocess
from pathlib import Path
from typing import Annotated, Literal

import typer

from platform_app.cli.errors import Refused
from platform_app.stack import colours, edges, nginx
from platform_app.stack.production import edge as rehearsed

deploy = typer.Typer(help="Switch colours, and write the edge's configuration.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(deploy, name="deploy")
Namespace = Annotated[str, typer.Option(help="Of the cluster, where Plaza is.")]
EdgeFolder = Annotated[
    Path | None, typer.Option("--edge", help="Where a local nginx has its configuration, instead of a cluster.")
]


DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Of a production topology on this machine, instead of a cluster.")
]


@deploy.command()
def switch(
    colour: Annotated[str, typer.Argument(help="blue or green.")],
    namespace: Namespace = "plaza",
    edge: EdgeFolder = None,
    data: DataFolder = None,
) -> None:
    """Give visitors this colour, once all of it is ready."""
    if data:
        before = rehearsed.switch(data.absolute(), colour)
    else:
        before = _reload(edge, colour) if edge else colours.switch(colour, namespace=namespace)
    print(f"Visitors get {colour}; they had {before}. Back again: ./plaza deploy rollback")


@deploy.command()
def rollback(namespace: Namespace = "plaza") -> None:
    """Give visitors the colour they had before the last switch."""
    print(f"Visitors get {colours.rollback(namespace=namespace)} again.")


@deploy.command()
def active(namespace: Namespace = "plaza", edge: EdgeFolder = None) -> None:
    """Say which colour visitors get."""
    print(nginx.active(edge) if edge else colours.active(namespace))


@deploy.command("nginx")
def write_nginx(
    kind: Annotated[Literal["compose", "kubernetes"], typer.Argument(help="Where it is for.")],
    to: Annotated[Path, typer.Option(help="A folder, which is made.")],
    name: Annotated[list[str] | None, typer.Option(help="A host name of the marketplace.")] = None,
) -> None:
    """Write the edge's configuration for containers."""
    edge = edges.compose(names=tuple(name or ("_",))) if kind == "compose" else edges.kubernetes()
    to.mkdir(parents=True, exist_ok=True)
    (to / nginx.CONFIG).write_text(nginx.render(edge))
    if kind == "compose":
        nginx.activate(to, "blue")
        if not (to / nginx.KEY).exists():
            nginx.new_key(to)
    print(f"Written to {to}.")


def _reload(folder: Path, colour: str) -> str:
    before = nginx.active(folder)
    nginx.activate(folder, colour)
    command = ["nginx", "-p", str(folder), "-c", str(folder / nginx.CONFIG), "-s", "reload"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        nginx.activate(folder, before)
        raise Refused(f"nginx did not take the new colour, and keeps {before}: {done.stderr.strip()}")
    return before
