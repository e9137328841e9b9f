"""Owners of a shop, for the operator."""

from typing import Annotated

import typer

from platform_app.cli.running import DataOption, require_database
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Manage the owners of a shop.")
app.add_typer(group, name="shop")


@group.callback()
def about() -> None:
    """Manage the owners of a shop."""


@group.command()
def add_owner(
    slug: Annotated[str, typer.Argument(help="The shop's slug, as in /shops/SLUG.")],
    email: Annotated[str, typer.Argument(help="The user's e-mail address.")],
    data: DataOption = None,
) -> None:
    """Add a user to the owners of a shop."""
    require_database(data)
    with db.writing() as session:
        shop = members.make_owner(session, slug=slug, email=email, now=utc_now())
    print(f"{email} owns {shop.name} now: {settings().public_url.rstrip('/')}/sell/{shop.slug}")
