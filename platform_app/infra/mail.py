"""Mail: a message is stored in the transaction that sends it, delivered by a job, and its content is then erased."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import uuid_utils
from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from platform_app.infra import db, outbox
from platform_app.infra.db import ReadSession, WriteSession
from platform_app.infra.errors import Outage
from platform_app.infra.settings import Settings

RETRY_WINDOW = timedelta(hours=24)  # no link in a mail is valid longer
FIRST_RETRY_DELAY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(minutes=15)
SMTP_TIMEOUT_SECONDS = 20  # per response of the mail server

metadata = MetaData()


def _message_columns() -> tuple[Column[object], ...]:
    return (
        Column("id", Uuid, primary_key=True),
        Column("recipient", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


mail = Table(
    "mail",
    metadata,
    *_message_columns(),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", DateTime(timezone=True)),
    Column("error", Text),
)
mail_outbox = Table("mail_outbox", metadata, *_message_columns())
Index("mail_created_at_idx", mail.c.created_at)
Index("mail_outbox_created_at_idx", mail_outbox.c.created_at)


@dataclass(frozen=True)
class MailMessage:
    """A mail to send, as HTML and plain text."""

    to: str
    subject: str
    html: str
    text: str


class OutgoingMail(BaseModel):
    """A stored mail; its id identifies duplicates."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    to: str
    subject: str
    html: str
    text: str
    created_at: datetime


class MailUnavailable(Outage):
    """The mail server is temporarily unavailable; the mail will be retried."""


class MailRefused(Exception):
    """The mail server rejects this mail for good; the message says why."""


class Mailer(Protocol):
    """Delivers mail."""

    def deliver(self, outgoing: OutgoingMail) -> None:
        """Deliver a mail; MailUnavailable if it can be retried, MailRefused if not."""


class MailOutbox:
    """Stores mail instead of sending it, for the development page at `/dev/mail`."""

    def deliver(self, outgoing: OutgoingMail) -> None:
        """Store the mail; storing it twice changes nothing."""
        values = {"recipient": outgoing.to, **outgoing.model_dump(exclude={"to"})}
        with db.writing() as session:
            session.execute(upsert(mail_outbox).values(values).on_conflict_do_nothing(index_elements=["id"]))


class SmtpMailer:
    """Sends mail by SMTP: `smtp://user:password@host:587?starttls`, or `smtps://…` for implicit TLS."""

    def __init__(self, url: str, *, sender: str) -> None:
        """Parse the URL; connections are opened per mail."""
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._starttls = "starttls" in parse_qs(parts.query, keep_blank_values=True)
        self._host, self._port = parts.hostname or "localhost", parts.port or (465 if self._secure else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender

    def deliver(self, outgoing: OutgoingMail) -> None:
        """Send the mail over a new connection; duplicates have the same Message-ID."""
        message = _email_message(outgoing, sender=self._sender)
        try:
            with self._connect() as server:
                server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            raise _delivery_error(error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"The mail server at {self._host}:{self._port} does not answer: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        if self._secure:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=SMTP_TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=SMTP_TIMEOUT_SECONDS)
        try:
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def from_settings(settings: Settings) -> Mailer:
    """The configured mail server, else the outbox."""
    url = settings.smtp_url.get_secret_value()
    return SmtpMailer(url, sender=settings.mail_from) if url else MailOutbox()


def enqueue(session: WriteSession, message: MailMessage) -> UUID:
    """Send a mail once this transaction is committed."""
    mail_id = UUID(bytes=uuid_utils.uuid7().bytes)
    values = {"recipient": message.to, "subject": message.subject, "html": message.html, "text": message.text}
    session.execute(insert(mail).values(id=mail_id, **values))
    outbox.add(session, "workers.mail.send", mail_id=str(mail_id))
    return mail_id


def pending(session: ReadSession, *, mail_id: UUID) -> OutgoingMail | None:
    """A mail that is not delivered yet; None if it is."""
    statement = select(*_mail_columns(mail)).where(mail.c.id == mail_id, mail.c.ended_at.is_(None))
    row = session.execute(statement).mappings().first()
    return OutgoingMail.model_validate(dict(row)) if row else None


def mark_ended(session: WriteSession, *, mail_id: UUID, error: str | None = None) -> None:
    """Mark a mail as delivered or given up, and erase its content, which may contain secret links."""
    session.execute(
        update(mail)
        .where(mail.c.id == mail_id, mail.c.ended_at.is_(None))
        .values(html="", text="", ended_at=func.now(), error=error[:500] if error else None)
    )


def retry_later(session: WriteSession, *, mail_id: UUID, reason: str) -> None:
    """Retry a mail with exponential backoff for a day, then give up."""
    row = session.execute(
        update(mail)
        .where(mail.c.id == mail_id, mail.c.ended_at.is_(None))
        .values(attempts=mail.c.attempts + 1, error=reason[:500])
        .returning(mail.c.attempts, (mail.c.created_at < func.now() - RETRY_WINDOW).label("is_old"))
    ).first()
    if row is None:
        return
    if row.is_old:
        mark_ended(session, mail_id=mail_id, error=reason)
        return
    wait = min(FIRST_RETRY_DELAY * 2 ** min(row.attempts - 1, 10), MAX_RETRY_DELAY)
    outbox.add(session, "workers.mail.send", after=wait, mail_id=str(mail_id))


def stored_mails(session: ReadSession, *, limit: int = 50) -> Sequence[OutgoingMail]:
    """The mails in the development outbox, newest first."""
    rows = session.execute(select(*_mail_columns(mail_outbox)).order_by(mail_outbox.c.id.desc()).limit(limit))
    return [OutgoingMail.model_validate(dict(row)) for row in rows.mappings()]


def sweep(session: WriteSession, *, created_before: datetime) -> None:
    """Delete old mails."""
    for table in (mail, mail_outbox):
        session.execute(table.delete().where(table.c.created_at < created_before))


def _mail_columns(table: Table) -> list[ColumnElement[Any]]:
    return [table.c.recipient.label("to"), *(table.c[name] for name in ("id", "subject", "html", "text", "created_at"))]


def _email_message(outgoing: OutgoingMail, *, sender: str) -> EmailMessage:
    name, sender_email = parseaddr(sender)
    message = EmailMessage()
    message["From"] = Address(name, addr_spec=sender_email)
    message["To"] = Address(addr_spec=outgoing.to)
    message["Subject"] = outgoing.subject
    message["Date"] = format_datetime(outgoing.created_at)
    message["Message-ID"] = f"<{outgoing.id}@{sender_email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(outgoing.text)
    message.add_alternative(outgoing.html, subtype="html")
    return message


def _delivery_error(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> Exception:
    """MailRefused for a permanent reply (code 500 or more), MailUnavailable otherwise."""
    code, reply = (
        next(iter(error.recipients.values()))
        if isinstance(error, smtplib.SMTPRecipientsRefused)
        else (error.smtp_code, error.smtp_error)
    )
    text = f"{code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}"
    # A rejected login or sender is a configuration error; the mail can be sent once that is fixed.
    final = code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused)
    return MailRefused(text) if final else MailUnavailable(f"The mail server says: {text}")
