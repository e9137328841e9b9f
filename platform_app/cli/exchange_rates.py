"""The rates at which prices of several currencies are compared, for the operator."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_database
from platform_app.domain.exchange_rates import queries, rules, service
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db

app = typer.Typer()
group = typer.Typer(help="The rates at which prices of several currencies are compared.")
app.add_typer(group, name="rates")


@group.callback()
def about() -> None:
    """The rates at which prices of several currencies are compared."""


@group.command(name="list")
def list_rates(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False,
    data: DataOption = None,
) -> None:
    """Show how much of each currency a euro buys."""
    require_database(data)
    with db.reading() as session:
        rates = queries.all_rates(session)
    if as_json:
        print(json.dumps([rate.model_dump(mode="json") for rate in rates]))
        return
    table = Table("currency", "per euro", "of", "source", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for rate in rates:
        table.add_row(rate.currency, f"{rate.per_euro:f}", f"{rate.as_of}", rate.source)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)


@group.command(name="import")
def import_rates(
    file: Annotated[Path, typer.Argument(help="A CSV file as the European Central Bank publishes it.")],
    allow_large_changes: Annotated[
        bool, typer.Option("--allow-large-changes", help="Accept rates that differ greatly from those in use.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Use the rates of the newest day in a file from now on; listings in those currencies are compared anew."""
    require_database(data)
    try:
        as_of, rates = rules.parse_rates(file.read_text(encoding="utf-8-sig", errors="replace"))
        with db.writing() as session:
            change = service.replace_rates(
                session, rates=rates, as_of=as_of, today=utc_now().date(), allow_large_changes=allow_large_changes
            )
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    except Invalid as error:
        raise CommandError(f"{file}: {error}") from None
    unknown = f" Plaza has no such currency: {', '.join(change.unknown)}." if change.unknown else ""
    print(f"{len(change.changed)} rates changed, as of {change.as_of}.{unknown}")
