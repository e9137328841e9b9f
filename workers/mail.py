"""Mail jobs: deliver a mail outside any transaction, then mark it as delivered."""

from uuid import UUID

import structlog

from platform_app.infra import db, jobs, mail
from platform_app.infra.mail import MailRefused, MailUnavailable
from platform_app.infra.settings import settings

log = structlog.get_logger()


def send(*, mail_id: str) -> None:
    """Deliver a mail. If the job is killed before it records this, a duplicate with the same Message-ID is sent."""
    message_id = UUID(mail_id)
    with db.reading() as session:
        message = mail.pending(session, mail_id=message_id)
    unavailable, refused = None, None
    if message is not None:
        try:
            mail.from_settings(settings()).deliver(message)
        except MailUnavailable as error:
            unavailable = str(error)
        except MailRefused as error:
            refused = str(error)
    with db.writing() as session:
        if not jobs.complete(session):
            return
        if unavailable is not None:
            mail.retry_later(session, mail_id=message_id, reason=unavailable)
        else:
            mail.mark_ended(session, mail_id=message_id, error=refused)
    if unavailable or refused:
        log.warning("mail not delivered", id=mail_id, reason=unavailable or refused)
