"""For the operator: who owns a shop."""

from typing import Annotated

import typer

from platform_app.cli.errors import CommandError
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Say who owns a shop.")
app.add_typer(group, name="shop")


@group.callback()
def require_running() -> None:
    """Say who owns a shop."""
    if not settings().database_url.get_secret_value():
        raise CommandError("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL.")


@group.command()
def add_owner(
    slug: Annotated[str, typer.Argument(help="The shop's address, as in /shops/SLUG.")],
    email: Annotated[str, typer.Argument(help="The user's e-mail address.")],
) -> None:
    """Make a user an owner of a shop, beside those it has."""
    with db.writing() as session:
        shop = members.make_owner(session, slug=slug, email=email, now=utc_now())
    print(f"{email} owns {shop.name} now: {settings().public_url.rstrip('/')}/sell/{shop.slug}")
