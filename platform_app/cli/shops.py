"""For the operator: who owns a shop."""

from typing import Annotated

import typer

from platform_app.cli.errors import Refused
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Say who owns a shop.")
app.add_typer(group, name="shop")


@group.callback()
def about() -> None:
    """Say who owns a shop."""
    if not settings().database_url.get_secret_value():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL.")


@group.command()
def own(
    slug: Annotated[str, typer.Argument(help="The shop's address, as in /shops/SLUG.")],
    email: Annotated[str, typer.Argument(help="The user's e-mail address.")],
) -> None:
    """Make a user an owner of a shop, beside those it has."""
    with db.writing() as session:
        owned = members.own(session, slug=slug, email=email, now=utc_now())
    print(f"{email} owns {owned.name} now: {settings().public_url.rstrip('/')}/sell/{owned.slug}")
