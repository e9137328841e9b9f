"""Account jobs: each makes the secret of a link and the letter around it in one transaction, so that it is nowhere else."""

from datetime import datetime
from uuid import UUID

import structlog

from platform_app.domain.accounts import queries
from platform_app.domain.accounts.rules import Notice
from platform_app.domain.accounts.service import credentials, joining, profile
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import jobs, mail
from platform_app.infra.db import WriteSession
from platform_app.mail import letters

log = structlog.get_logger()


@jobs.once
def send_sign_up(session: WriteSession, *, sign_up_id: str) -> None:
    """Mail the link that proves an address, or that it has an account already."""
    issued = joining.issue_sign_up(session, sign_up_id=UUID(sign_up_id), now=utc_now())
    if issued:
        letter = letters.sign_up(issued.to, issued.token) if issued.token else letters.known_address(issued.to)
        mail.post(session, letter)


@jobs.once
def send_reset(session: WriteSession, *, email: str) -> None:
    """Mail the link to a new password, if the address is a user's; to nobody else."""
    issued = credentials.issue_reset(session, email=email, now=utc_now())
    if issued and issued.token:
        mail.post(session, letters.reset(issued.to, issued.token))


@jobs.once
def send_email_change(session: WriteSession, *, user_id: str, email: str) -> None:
    """Mail the link that proves a new address, or that another account has it."""
    issued = profile.issue_email_change(session, user_id=UUID(user_id), email=email, now=utc_now())
    if issued:
        letter = letters.email_change(issued.to, issued.token) if issued.token else letters.known_address(issued.to)
        mail.post(session, letter)


@jobs.once
def tell(session: WriteSession, *, user_id: str, notice: str) -> None:
    """Tell a user what was changed about how they sign in."""
    _told(session, user_id=user_id, notice=Notice(notice))


@jobs.once
def tell_two_factor_reset(session: WriteSession, *, user_id: str, by: str) -> None:
    """Write down who switched a user's two-factor sign-in off, and tell the user."""
    log.warning("two-factor sign-in was reset", **{"event.action": "two-factor-reset", "user.id": user_id, "by": by})
    _told(session, user_id=user_id, notice=Notice.TWO_FACTOR_RESET)


@jobs.once
def tell_former_address(session: WriteSession, *, email: str) -> None:
    """Tell the address that was a user's until now."""
    mail.post(session, letters.former_address(email))


@jobs.once
def tell_new_device(
    session: WriteSession, *, user_id: str, session_id: str, device: str, address: str, at: str
) -> None:
    """Tell a user, in Plaza and by mail, that somebody signed in from where nobody had."""
    try:
        user = queries.user(session, user_id=UUID(user_id))
    except Unauthenticated:
        return  # they are no user any more
    said = f"{device}, {address or 'from an unknown address'}. If it was not you, change your password."
    news = News(kind=Kind.NEW_DEVICE, about=session_id, text=said, href="/account/security")
    notifications.tell(session, user_id=user.id, news=news, now=datetime.fromisoformat(at))
    mail.post(session, letters.new_device(user.email, device=device, address=address, at=datetime.fromisoformat(at)))


def _told(session: WriteSession, *, user_id: str, notice: Notice) -> None:
    try:
        user = queries.user(session, user_id=UUID(user_id))
    except Unauthenticated:
        return  # they are no user any more
    mail.post(session, letters.notice(user.email, notice))
