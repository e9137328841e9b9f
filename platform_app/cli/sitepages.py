"""Help, contact, terms, privacy and imprint, for the operator."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_database
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.sitepages import queries, service
from platform_app.domain.sitepages.rules import MAX_TEXT, Slug
from platform_app.infra import db
from platform_app.infra.settings import settings

MAX_BYTES = 4 * MAX_TEXT  # of UTF-8

app = typer.Typer()
group = typer.Typer(help="Show and edit the pages that the footer links.")
app.add_typer(group, name="page")
PageSlug = Annotated[Slug, typer.Argument(help="Which page.")]


@group.command(name="list")
def list_pages(data: DataOption = None) -> None:
    """List the pages; version 0 is the built-in text, which you have to complete."""
    require_database(data)
    with db.reading() as session:
        found = queries.summaries(session)
    table = Table("page", "title", "version", "last changed", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for each in found:
        changed = f"{each.updated_at:%Y-%m-%d %H:%M} UTC" if each.updated_at else "never"
        table.add_row(each.slug, each.title, str(each.version), changed)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)


@group.command()
def show(slug: PageSlug, data: DataOption = None) -> None:
    """Print the text of a page, to be edited in a file: ./plaza page show terms > terms.html."""
    require_database(data)
    with db.reading() as session:
        print(queries.by_slug(session, slug=slug.value).text)


@group.command()
def edit(
    slug: PageSlug,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="The new text, plain or with simple HTML such as <h2>, <p> and <ul>."
        ),
    ],
    title: Annotated[str | None, typer.Option(help="The new title [default: the title stays].")] = None,
    version: Annotated[
        int | None, typer.Option(min=0, help="Only if the page still has this version, as ./plaza page list shows it.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Replace the text of a page; visitors see it at once."""
    require_database(data)
    text = _read(file)
    with db.writing() as session:
        current = queries.by_slug(session, slug=slug.value)
        edited = service.edit(
            session,
            slug=slug.value,
            title=current.title if title is None else title,
            text=text,
            version=current.version if version is None else version,
            now=utc_now(),
        )
    print(f'"{edited.title}" has version {edited.version}: {settings().public_url.rstrip("/")}/pages/{edited.slug}')


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CommandError(f"{file} is too long: a page has at most {MAX_TEXT:,} characters.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text.") from None
