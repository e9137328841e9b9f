"""For the operator: who is a user, what they may do, and who may not come back."""

from getpass import getuser
from socket import gethostname
from typing import Annotated

import typer
from cryptography.fernet import InvalidToken

from platform_app.cli.errors import Refused
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import joining, profile, two_factor
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Create, promote, ban and unban users, or let one in who has lost their codes.")
app.add_typer(group, name="user")
AT_ONCE = 500
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]


@group.callback()
def about() -> None:
    """Create, promote, ban and unban users, or let one in who has lost their codes."""
    if not settings().database_url.get_secret_value():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL.")


@group.command()
def create(email: Email, role: Annotated[Role, typer.Option(help="What they may do.")] = Role.MEMBER) -> None:
    """Make a user, and print the link by which they choose a password."""
    with db.writing() as session:
        made = joining.create(session, email=email, role=role, now=utc_now())
        token = joining.issue_reset(session, user_id=made.id, now=utc_now())
    print(f"{made.email} is a user now ({made.role}). To choose a password, within an hour:")
    print(f"{settings().public_url.rstrip('/')}/reset#token={token}")


@group.command()
def promote(email: Email, role: Annotated[Role, typer.Option(help="What they may do from now on.")]) -> None:
    """Give a user another role; it holds from the next thing they do."""
    with db.writing() as session:
        changed = profile.promote(session, email=email, role=role)
    print(f"{changed.email} is {changed.role} now.")


@group.command()
def ban(email: Email) -> None:
    """Close a user's account and sign them out everywhere."""
    with db.writing() as session:
        changed = profile.ban(session, email=email, now=utc_now())
    print(f"{changed.email} is banned, and signed out everywhere.")


@group.command()
def unban(email: Email) -> None:
    """Open a closed account again."""
    with db.writing() as session:
        changed = profile.unban(session, email=email)
    print(f"{changed.email} may sign in again.")


@group.command()
def reset_two_factor(email: Email) -> None:
    """Switch a user's two-factor sign-in off, sign them out everywhere, and tell them by mail."""
    with db.writing() as session:
        changed = two_factor.reset(session, email=email, by=f"{getuser()}@{gethostname()}")
    print(f"{changed.email} signs in with the password alone now, and is signed out everywhere.")


@group.command()
def reseal() -> None:
    """Seal every user's two-factor secret under PLAZA_SECRET_KEY, so that PLAZA_SECRET_KEY_PREVIOUS can be forgotten."""
    last = None
    while True:
        try:
            with db.writing() as session:
                last = two_factor.reseal(session, after=last, limit=AT_ONCE)
        except InvalidToken:
            raise Refused(
                "A secret was sealed under neither key. Set PLAZA_SECRET_KEY_PREVIOUS to the key before this one; what was "
                "resealed stays so."
            ) from None
        if last is None:
            break
    print("Every secret is sealed under PLAZA_SECRET_KEY. PLAZA_SECRET_KEY_PREVIOUS is needed no longer.")
