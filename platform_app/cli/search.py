"""What visitors search for, for the operator."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_database
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.rules import MAX_ZERO_RESULT_QUERIES
from platform_app.domain.search.service import synonyms as synonym_service
from platform_app.domain.shared.errors import Invalid
from platform_app.infra import db

app = typer.Typer()
group = typer.Typer(help="What visitors search for.")
app.add_typer(group, name="search")


@group.callback()
def about() -> None:
    """What visitors search for."""


@group.command()
def zero_result_queries(
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_ZERO_RESULT_QUERIES, help="How many to show, the most frequent first.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False,
    data: DataOption = None,
) -> None:
    """Show searches that found nothing; the same words count once a minute."""
    require_database(data)
    with db.reading() as session:
        queries = zero_results.zero_result_queries(session, limit=limit)
    if as_json:
        print(json.dumps([miss.model_dump(mode="json") for miss in queries], ensure_ascii=False))
        return
    table = Table("words", "times", "last asked", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for miss in queries:
        table.add_row(miss.words, f"{miss.times:,}", f"{miss.last_at:%Y-%m-%d %H:%M} UTC")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(table if queries else "Every search found something.")


@group.command()
def synonym(
    word: Annotated[str, typer.Argument(help="The word, or words, that visitors type.")],
    meanings: Annotated[list[str] | None, typer.Argument(help="What it also finds; nothing for no synonyms.")] = None,
    language: Annotated[str, typer.Option(help="The language of the shops that it is for.")] = "english",
    reset: Annotated[bool, typer.Option("--reset", help="Use the shipped synonyms of the word again.")] = False,
    data: DataOption = None,
) -> None:
    """Set the synonyms of a word for all searches from now on, such as: synonym sofa couch settee."""
    require_database(data)
    try:
        with db.writing() as session:
            synonym_service.replace(
                session, language=language, word=word, meanings=None if reset else tuple(meanings or ())
            )
    except Invalid as error:
        raise CommandError(str(error)) from None
