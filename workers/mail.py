"""Mail jobs: a letter is handed over outside any transaction, then marked as gone."""

from uuid import UUID

import structlog

from platform_app.infra import db, jobs, mail
from platform_app.infra.mail import MailRefused, MailUnavailable
from platform_app.infra.settings import settings

log = structlog.get_logger()


def send(*, mail_id: str) -> None:
    """Deliver a letter. If this is killed before it says so, a second copy leaves, with the same Message-ID."""
    letter_id = UUID(mail_id)
    with db.reading() as session:
        letter = mail.waiting(session, mail_id=letter_id)
    missed, refused = None, None
    if letter is not None:
        try:
            mail.from_settings(settings()).deliver(letter)
        except MailUnavailable as error:
            missed = str(error)
        except MailRefused as error:
            refused = str(error)
    with db.writing() as session:
        if not jobs.complete(session):
            return
        if missed is not None:
            mail.put_off(session, mail_id=letter_id, reason=missed)
        else:
            mail.end(session, mail_id=letter_id, error=refused)
    if missed or refused:
        log.warning("mail not delivered", id=mail_id, reason=missed or refused)
