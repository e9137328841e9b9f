"""Shop jobs."""

from uuid import UUID

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service
from platform_app.domain.shops.service import invitations, settings
from platform_app.infra import jobs, mail
from platform_app.infra.db import WriteSession
from platform_app.mail import shops as mails


@jobs.once
def send_invitation(session: WriteSession, *, shop_id: str, invitation_id: str) -> None:
    """Mail an invitation, unless it was withdrawn or has expired."""
    found = invitations.recipient(session, shop_id=UUID(shop_id), invitation_id=UUID(invitation_id), now=utc_now())
    if found is not None:
        mail.enqueue(session, mails.invitation(found.email, shop_name=found.shop_name))


@jobs.once
def end_holidays(session: WriteSession) -> None:
    """Reopen shops whose holiday is over."""
    settings.end_holidays(session, today=utc_now().date())


@jobs.once
def repair_membership_copies(session: WriteSession) -> None:
    """Make the memberships by user equal to those by shop."""
    service.repair_copies(session)
