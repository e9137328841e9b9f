"""Limits per mailbox, which must not lock out its owner: they count each network apart, and spare known devices."""

from fastapi import Request

from platform_app.domain.accounts import queries
from platform_app.infra import db
from platform_app.infra.client_ip import client_ip
from platform_app.infra.limits import Limit
from platform_app.rest.accounts import auth_common
from platform_app.rest.accounts.auth_common import HOUR, MINUTE
from platform_app.rest.accounts.mailbox_keys import email_limit_key
from platform_app.rest.dependencies import client_network

SIGN_INS_FROM_NETWORK = Limit("sign-ins-of-one", amount=5, seconds=MINUTE)
SIGN_INS_FROM_ALL = Limit("sign-ins-of-one-from-all", amount=100, seconds=HOUR)
MAILS_FROM_NETWORK = Limit("mails-to-one", amount=5, seconds=HOUR)
MAILS_FROM_ALL = Limit("mails-to-one-from-all", amount=20, seconds=HOUR)

Hits = tuple[tuple[Limit, str], ...]


async def sign_ins(request: Request, email: str) -> Hits:
    """What a sign-in counts against; nothing on a device of this user, where the limits per IP remain."""
    if await _is_known_device(request, email):
        return ()
    return _of_strangers(request, email, (SIGN_INS_FROM_NETWORK, SIGN_INS_FROM_ALL))


async def mails(request: Request, email: str) -> Hits:
    """What a mail to this address counts against; a device of its user has a limit that nobody else can use up."""
    if await _is_known_device(request, email):
        return ((MAILS_FROM_NETWORK, f"known:{email_limit_key(email)}:{client_network(request)}"),)
    return _of_strangers(request, email, (MAILS_FROM_NETWORK, MAILS_FROM_ALL))


def _of_strangers(request: Request, email: str, limits: tuple[Limit, Limit]) -> Hits:
    key = email_limit_key(email)
    return ((limits[0], f"{key}:{client_network(request)}"), (limits[1], key))


async def _is_known_device(request: Request, email: str) -> bool:
    user_agent = auth_common.user_agent(request)
    return await db.read(queries.is_known_device, email=email, user_agent=user_agent, ip=client_ip(request.scope))
