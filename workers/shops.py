"""Shop jobs."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.service import closing, invitations, settings
from platform_app.infra import jobs, mail, security_log
from platform_app.infra.db import WriteSession
from platform_app.infra.security_log import Category
from platform_app.mail import shops as mails


@jobs.once
def send_invitation(session: WriteSession, *, shop_id: str, invitation_id: str) -> None:
    """Mail an invitation, unless it was withdrawn or has expired."""
    found = invitations.recipient(session, shop_id=UUID(shop_id), invitation_id=UUID(invitation_id), now=utc_now())
    if found is not None:
        mail.enqueue(session, mails.invitation(found.email, shop_name=found.shop_name))


@jobs.once
def notify_owners(session: WriteSession, *, shop_id: str, from_user_id: str, to_user_id: str) -> None:
    """Mail the new owner of a shop, and the owner who has made them one."""
    try:
        shop = queries.by_id(session, shop_id=UUID(shop_id))
    except ShopNotFound:
        return  # deleted in the meantime
    for user_id, write in ((to_user_id, mails.became_owner), (from_user_id, mails.made_owner)):
        with suppress(Unauthenticated):  # the account no longer exists
            user = accounts.user(session, user_id=UUID(user_id))
            mail.enqueue(session, write(user.email, shop_name=shop.name))


@jobs.once
def notify_closed(session: WriteSession, *, shop_id: str, reopen_until: str) -> None:
    """Mail the owners of a shop that was closed."""
    try:
        shop = queries.by_id(session, shop_id=UUID(shop_id))
    except ShopNotFound:
        return  # deleted in the meantime
    for email in closing.owner_emails(session, shop_id=shop.id):
        until = datetime.fromisoformat(reopen_until).date()
        mail.enqueue(session, mails.shop_closed(email, shop_name=shop.name, until=until))


@jobs.once
def record_operator_change(
    session: WriteSession,  # noqa: ARG001
    *,
    shop_id: str,
    user_id: str | None,
    action: str,
    by: str,
) -> None:
    """Log what an operator has done to a shop."""
    security_log.record(action, category=Category.IAM, user_id=user_id or "", shop=shop_id, by=by)


@jobs.once
def end_holidays(session: WriteSession) -> None:
    """Reopen shops whose holiday is over."""
    settings.end_holidays(session, today=utc_now().date())


@jobs.once
def repair_membership_copies(session: WriteSession) -> None:
    """Make the memberships by user equal to those by shop."""
    service.repair_copies(session)
