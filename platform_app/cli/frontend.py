"""`./plaza build` and `./plaza dev`."""

from typing import Annotated

import typer

from platform_app.cli.stack import DataOption, data_directory
from platform_app.stack import frontend, supervisor
from platform_app.stack.up import Options, up

app = typer.Typer(add_completion=False)


@app.command()
def build(
    if_changed: Annotated[bool, typer.Option("--if-changed", help="Only when the sources have changed.")] = False,
) -> None:
    """Compile the frontend into .web/build/client."""
    try:
        with supervisor.stoppable():
            built = frontend.build(if_changed=if_changed)
    except supervisor.Stopped:
        raise typer.Exit(130) from None
    print("The frontend is compiled." if built else "The frontend is up to date.")


@app.command()
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the backend; pages are on 3000.")] = 8000,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill an empty database with demo data.")] = True,
    data: DataOption = None,
) -> None:
    """Run everything, and reload pages and code as they are edited."""
    options = Options(data=data_directory(data), port=port, demo=demo, dev=True)
    try:
        up(options, on_ready=lambda: None)
    except supervisor.Stopped:
        raise typer.Exit(0) from None
