"""Owners and quotas of a shop, for the operator."""

from typing import Annotated

import typer

from platform_app.cli.running import DataOption, operator, require_database
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.service import members, quotas
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Manage the owners and quotas of a shop.")
app.add_typer(group, name="shop")


@group.callback()
def about() -> None:
    """Manage the owners and quotas of a shop."""


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
        service.publish_operator_change(
            session, shop_id=shop.shop_id, user_id=shop.user_id, action="owner-addition", by=operator()
        )
    print(f"{email} owns {shop.name} now: {settings().public_url.rstrip('/')}/sell/{shop.slug}")


@group.command()
def quota(
    slug: Annotated[str, typer.Argument(help="The shop's slug, as in /shops/SLUG.")],
    pixels_per_hour: Annotated[int | None, typer.Option(min=0, help="Pixels of pictures; 0 for the default.")] = None,
    rows_per_day: Annotated[int | None, typer.Option(min=0, help="Rows of imports; 0 for the default.")] = None,
    data: DataOption = None,
) -> None:
    """Show what a shop may use and has used of pictures and imports, or give it limits of its own."""
    require_database(data)
    limits = {Resource.PIXELS: pixels_per_hour, Resource.IMPORT_ROWS: rows_per_day}
    with db.writing() as session:
        for resource, limit in limits.items():
            if limit is not None:
                changed = quotas.set_allowed(
                    session, slug=slug, resource=resource, allowed=limit or None, now=utc_now()
                )
                service.publish_operator_change(session, shop_id=changed.id, action="quota-change", by=operator())
    with db.reading() as session:
        shop = queries.by_slug(session, slug=slug)
        for resource in limits:
            left = quotas.allowance(session, shop_id=shop.id, resource=resource, now=utc_now())
            print(left.left_text)
