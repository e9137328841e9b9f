"""The signed-in user of a dangerous change, which asks for their password, and for a code if that is on."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts.schemas import Viewer
from platform_app.rest.accounts import auth_common
from platform_app.rest.dependencies import WritingUser, enforce_limits


class PasswordBody(BaseModel):
    """The user's current password, for actions that a stolen session must not allow."""

    model_config = ConfigDict(frozen=True)

    password: str = ""


class PasswordAndCodeBody(PasswordBody):
    """The current password and a code of the authenticator app, or a recovery code."""

    code: str = ""


async def _limit_password_attempts(user: WritingUser) -> Viewer:
    """The signed-in user; counts against the limit of password checks, and refused after too many wrong codes."""
    await enforce_limits((auth_common.PASSWORD_CHECKS_PER_USER, str(user.user_id)))
    return await auth_common.require_code_attempts_left(user)


ReauthenticatingUser = Annotated[Viewer, Depends(_limit_password_attempts)]
