"""Account jobs: create a link's secret and its mail in one transaction, so that the secret is stored nowhere else."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.accounts import queries
from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.rules import SecurityNotice
from platform_app.domain.accounts.rules.devices import NEW_DEVICE
from platform_app.domain.accounts.schemas import IssuedLink
from platform_app.domain.accounts.service import passwords, profile, sign_up
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import jobs, mail, security_log
from platform_app.infra.db import WriteSession
from platform_app.infra.security_log import Category
from platform_app.mail import accounts as mails


@jobs.once
def send_sign_up(session: WriteSession, *, sign_up_id: str) -> None:
    """Mail the link that confirms a sign-up, or the notice that the address already has an account."""
    _mail_sign_up(session, sign_up.issue_link(session, sign_up_id=UUID(sign_up_id), now=utc_now()))


@jobs.once
def send_sign_up_again(session: WriteSession, *, email: str, browser_digest: str) -> None:
    """Mail a new link to a sign-up that waits, or the notice that the address already has an account."""
    _mail_sign_up(session, sign_up.issue_link_again(session, email=email, browser_digest=browser_digest, now=utc_now()))


@jobs.once
def send_reset(session: WriteSession, *, email: str) -> None:
    """Mail a reset link if the address belongs to a user."""
    issued = passwords.issue_reset(session, email=email, now=utc_now())
    if issued and issued.token:
        mail.enqueue(session, mails.reset(issued.recipient, issued.token))


@jobs.once
def send_email_change(session: WriteSession, *, user_id: str, email: str) -> None:
    """Mail the link that confirms a new address, or the notice that the address already has an account."""
    issued = profile.issue_email_change(session, user_id=UUID(user_id), email=email, now=utc_now())
    if issued:
        message = (
            mails.email_change(issued.recipient, issued.token)
            if issued.token
            else mails.existing_account(issued.recipient)
        )
        mail.enqueue(session, message)


@jobs.once
def notify_security_change(session: WriteSession, *, user_id: str, notice: str) -> None:
    """Mail a user the notice of a security change."""
    _mail_notice(session, user_id=user_id, notice=SecurityNotice(notice))


@jobs.once
def notify_two_factor_reset(session: WriteSession, *, user_id: str, by: str) -> None:
    """Log who turned off a user's two-factor sign-in, and mail the user a notice."""
    security_log.record("two-factor-reset", category=Category.IAM, user_id=user_id, by=by)
    _mail_notice(session, user_id=user_id, notice=SecurityNotice.TWO_FACTOR_RESET)


@jobs.once
def record_operator_change(session: WriteSession, *, user_id: str, action: str, by: str) -> None:  # noqa: ARG001
    """Log what an operator has done to a user."""
    security_log.record(action, category=Category.IAM, user_id=user_id, by=by)


@jobs.once
def notify_old_email(session: WriteSession, *, email: str) -> None:
    """Mail a notice to a user's old address."""
    mail.enqueue(session, mails.email_changed(email))


@jobs.once
def notify_deleted_account(session: WriteSession, *, email: str) -> None:
    """Mail a notice to the address of an account that is gone."""
    mail.enqueue(session, mails.account_deleted(email))


@jobs.once
def notify_new_device(
    session: WriteSession, *, user_id: str, session_id: str, device: str, address: str, at: str
) -> None:
    """Notify a user, in Plaza and by mail, of a sign-in from a new device."""
    try:
        user = queries.user(session, user_id=UUID(user_id))
    except Unauthenticated:
        return  # the account no longer exists
    text = f"{device}, {address or 'from an unknown address'}. If this wasn't you, change your password."
    content = NotificationContent(kind=NEW_DEVICE, about=session_id, text=text, href="/account/security")
    notifications.notify(session, user_id=user.id, content=content, now=datetime.fromisoformat(at))
    mail.enqueue(session, mails.new_device(user.email, device=device, ip=address, at=datetime.fromisoformat(at)))


@jobs.once
def sweep(session: WriteSession) -> None:
    """Delete expired sessions, links and sign-ups, and devices not seen for a year."""
    accounts.sweep(session, now=utc_now())


def _mail_sign_up(session: WriteSession, issued: IssuedLink | None) -> None:
    if issued:
        message = (
            mails.sign_up(issued.recipient, issued.token) if issued.token else mails.existing_account(issued.recipient)
        )
        mail.enqueue(session, message)


def _mail_notice(session: WriteSession, *, user_id: str, notice: SecurityNotice) -> None:
    try:
        user = queries.user(session, user_id=UUID(user_id))
    except Unauthenticated:
        return  # the account no longer exists
    mail.enqueue(session, mails.security_notice(user.email, notice))
