"""Users, their roles and bans, for the operator."""

from typing import Annotated

import typer
from cryptography.fernet import InvalidToken

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, operator, require_database
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.schemas import User
from platform_app.domain.accounts.service import profile, sign_up, two_factor
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.infra.settings import settings

app = typer.Typer()
group = typer.Typer(help="Create, promote, ban and unban users, or reset their two-factor sign-in.")
app.add_typer(group, name="user")
BATCH_SIZE = 500
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]


@group.command()
def create(
    email: Email,
    role: Annotated[Role, typer.Option(help="The user's role.")] = Role.MEMBER,
    data: DataOption = None,
) -> None:
    """Create a user and print the link to choose a password."""
    require_database(data)
    with db.writing() as session:
        user = sign_up.create_user(session, email=email, role=role, now=utc_now())
        token = sign_up.issue_reset_token(session, user_id=user.id, now=utc_now())
        _publish(session, user, f"user-creation-{role}")
    print(f"{user.email} was created ({user.role}). Link to choose a password, valid for an hour:")
    print(f"{settings().public_url.rstrip('/')}/reset#token={token}")


@group.command()
def promote(
    email: Email,
    role: Annotated[Role, typer.Option(help="The user's new role.")],
    data: DataOption = None,
) -> None:
    """Change a user's role; it takes effect with their next request."""
    require_database(data)
    with db.writing() as session:
        user = profile.set_role(session, email=email, role=role)
        _publish(session, user, f"role-change-{role}")
    print(f"{user.email} now has the role {user.role}.")


@group.command()
def ban(email: Email, data: DataOption = None) -> None:
    """Close a user's account and sign them out everywhere."""
    require_database(data)
    with db.writing() as session:
        user = profile.ban(session, email=email, now=utc_now())
        _publish(session, user, "ban")
    print(f"{user.email} is banned and signed out everywhere.")


@group.command()
def unban(email: Email, data: DataOption = None) -> None:
    """Reopen a closed account."""
    require_database(data)
    with db.writing() as session:
        user = profile.unban(session, email=email)
        _publish(session, user, "unban")
    print(f"{user.email} may sign in again.")


@group.command()
def reset_two_factor(email: Email, data: DataOption = None) -> None:
    """Turn off a user's two-factor sign-in, sign them out everywhere, and notify them by mail."""
    require_database(data)
    with db.writing() as session:
        user = two_factor.reset(session, email=email, by=operator())
    print(f"{user.email} now signs in with the password alone, and is signed out everywhere.")


@group.command()
def reencrypt(data: DataOption = None) -> None:
    """Encrypt every two-factor secret with PLAZA_SECRET_KEY, so that PLAZA_SECRET_KEY_PREVIOUS is no longer needed."""
    require_database(data)
    last = None
    while True:
        try:
            with db.writing() as session:
                last = two_factor.reencrypt_secrets(session, after=last, limit=BATCH_SIZE)
        except InvalidToken:
            raise CommandError(
                "A secret is encrypted with neither key. Set PLAZA_SECRET_KEY_PREVIOUS to the former key; secrets "
                "that were reencrypted stay so."
            ) from None
        if last is None:
            break
    print("Every secret is encrypted with PLAZA_SECRET_KEY. PLAZA_SECRET_KEY_PREVIOUS is no longer needed.")


def _publish(session: WriteSession, user: User, action: str) -> None:
    """Leave a security event with the change itself."""
    profile.publish_operator_change(session, user_id=user.id, action=action, by=operator())
