"""`./plaza build`, `./plaza publish` and `./plaza dev`."""

from pathlib import Path
from typing import Annotated

import typer

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption
from platform_app.cli.stack import data_directory
from platform_app.infra.settings import settings
from platform_app.stack import dev as development
from platform_app.stack import frontend, processes, supervisor
from platform_app.stack import publish as publishing
from platform_app.stack.up import Options

app = typer.Typer(add_completion=False)


@app.command()
def build(
    if_changed: Annotated[bool, typer.Option("--if-changed", help="Only if the sources have changed.")] = False,
) -> None:
    """Compile the frontend into .web/build/client."""
    try:
        with supervisor.stop_on_signal():
            built = frontend.build(if_changed=if_changed)
    except supervisor.Stopped:
        raise typer.Exit(130) from None
    print("The frontend is compiled." if built else "The frontend is up to date.")


@app.command()
def publish(
    to: Annotated[Path | None, typer.Option(help="A folder for nginx, instead of the bucket.")] = None,
) -> None:
    """Upload the compiled frontend to its bucket or copy it to a folder: files first, pages last, nothing deleted."""
    if frontend.BUILD_MARKER.exists() and not frontend.is_current():
        raise CommandError("The sources have changed since the frontend was compiled; compile it with ./plaza build.")
    config = settings()
    if not to and not config.frontend_bucket:
        raise CommandError("Set PLAZA_FRONTEND_BUCKET, or give a folder: ./plaza publish --to FOLDER.")
    uploads = publishing.list_uploads(config.frontend)
    target = publishing.Folder(to) if to else publishing.Bucket(config.frontend_bucket, config)
    count = publishing.publish(uploads, target)
    print(f"{count} of {len(uploads)} files sent; the others existed already.")
    if config.cloudfront_distribution and not to:
        print(f"CloudFront invalidates the old pages: {publishing.invalidate(config.cloudfront_distribution)}.")


@app.command()
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1.")] = 8000,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill an empty database with demo data.")] = True,
    data: DataOption = None,
) -> None:
    """Run everything on one port, and reload pages and code when they are edited."""
    options = Options(data=data_directory(data), port=port, demo=demo)
    address = f"http://{processes.HOST}:{port}"
    try:
        development.dev(
            options, on_ready=lambda: print(f"Plaza runs on {address}, and reloads as you edit.", flush=True)
        )
    except supervisor.Stopped:
        raise typer.Exit(0) from None
