"""Reports of listings, for the operator."""

import json
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from platform_app.cli.running import DataOption, require_database
from platform_app.domain.reports import queries, service
from platform_app.domain.reports.rules import MAX_LISTED
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Reports of listings.")
app.add_typer(group, name="report")


@group.command(name="list")
def list_reports(
    limit: Annotated[int, typer.Option(min=1, max=MAX_LISTED, help="How many to show, oldest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of text.")] = False,
    data: DataOption = None,
) -> None:
    """List the open reports of listings."""
    require_database(data)
    with db.reading() as session:
        found = queries.open_reports(session, limit=limit)
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
        return
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    for each in found:
        console.print(f"{each.id}  {each.created_at:%Y-%m-%d %H:%M} UTC  {each.reason.label}")
        console.print(f"  {each.listing_title}: {settings().public_url.rstrip('/')}{each.path}")
        console.print(f"  From {each.email or 'a visitor'}" + (":" if each.text else "."))
        for line in each.text.splitlines():
            console.print(f"    {line}")
    if not found:
        console.print("No report is open.")


@group.command()
def close(
    report_id: Annotated[UUID, typer.Argument(metavar="ID", help="The report's id, as ./plaza report list shows it.")],
    data: DataOption = None,
) -> None:
    """Close a report that has been dealt with."""
    require_database(data)
    with db.writing() as session:
        service.close(session, report_id=report_id, now=utc_now())
    print("The report is closed.")
