"""For the operator: what visitors look for."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import Refused
from platform_app.domain.search.queries import dead_ends
from platform_app.domain.search.rules import MISSES
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="What visitors look for.")
app.add_typer(group, name="search")


@group.callback()
def about() -> None:
    """What visitors look for."""


@group.command()
def misses(
    limit: Annotated[int, typer.Option(min=1, max=MISSES, help="So many, the commonest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False,
) -> None:
    """Show what was searched for and found nothing; the same words count once a minute."""
    if not settings().database_url.get_secret_value():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL.")
    with db.reading() as session:
        found = dead_ends.misses(session, limit=limit)
    if as_json:
        print(json.dumps([miss.model_dump(mode="json") for miss in found], ensure_ascii=False))
        return
    table = Table("words", "times", "last asked", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for miss in found:
        table.add_row(miss.words, f"{miss.times:,}", f"{miss.last_at:%Y-%m-%d %H:%M} UTC")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(table if found else "Every search has found something.")
