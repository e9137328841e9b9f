"""Mail: both mailers have one contract, a mail is sent once through any crash, and its text is deleted afterwards."""

import os
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from platform_app.domain.shared.model_base import new_id
from platform_app.infra import db, invalidation, jobs, mail, outbox, relay
from platform_app.infra.mail import (
    Mailer,
    MailMessage,
    MailOutbox,
    MailRefused,
    MailUnavailable,
    OutgoingMail,
    SmtpMailer,
)
from platform_app.infra.settings import Settings, settings
from platform_app.stack import processes
from workers.subscriptions import SUBSCRIPTIONS

pytestmark = pytest.mark.usefixtures("clean")
LETTER = MailMessage(to="ada@example.com", subject="Café ☕", html="<p>Grüße ☕</p>", text="Grüße ☕\n.\nEnd")


class Inbox:
    """A mail server's mailbox; `answer` is its next reply, and `held` delays it."""

    def __init__(self) -> None:
        """Accept everything."""
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"
        self.users: list[bytes] = []
        self.arrived, self.held = threading.Event(), threading.Event()
        self.held.set()

    async def handle_RCPT(self, _s: SMTP, _session: Session, envelope: Envelope, recipient: str, _o: list[str]) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(recipient)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        if self.answer.startswith("250"):
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.letters.append(message)
        self.arrived.set()
        self.held.wait(30)
        return self.answer

    def authenticate(self, _s: SMTP, _session: Session, _e: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login)
        return AuthResult(success=data.password == b"p@ss/word", handled=False)


@pytest.fixture
def inbox() -> Inbox:
    """An empty mailbox."""
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[str]:
    """A mail server without TLS."""
    port = processes.free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, data_size_limit=1 << 20, ready_timeout=60)
    controller.start()  # type: ignore[no-untyped-call]
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        inbox.held.set()
        controller.stop()  # type: ignore[no-untyped-call]


def make_mail(**overrides: Any) -> OutgoingMail:
    values = {"to": LETTER.to, "subject": LETTER.subject, "html": LETTER.html, "text": LETTER.text}
    return OutgoingMail(
        **{"id": new_id(), "created_at": datetime.now(UTC).replace(microsecond=0), **values, **overrides}
    )


def through_smtp(server: str, inbox: Inbox) -> tuple[Mailer, Callable[[], list[OutgoingMail]]]:
    def received() -> list[OutgoingMail]:
        return [
            OutgoingMail(
                id=UUID(message["Message-ID"].strip("<>").partition("@")[0]),
                to=message["To"],
                subject=message["Subject"],
                html=message.get_body(("html",)).get_content().replace("\r", "").rstrip("\n"),  # type: ignore[union-attr]
                text=message.get_body(("plain",)).get_content().replace("\r", "").rstrip("\n"),  # type: ignore[union-attr]
                created_at=message["Date"].datetime,
            )
            for message in inbox.letters
        ]

    return SmtpMailer(server, sender="Plaza <plaza@example.com>"), received


def through_outbox(_server: str, _inbox: Inbox) -> tuple[Mailer, Callable[[], list[OutgoingMail]]]:
    def received() -> list[OutgoingMail]:
        with db.reading() as session:
            return list(reversed(mail.stored_mails(session)))

    return MailOutbox(), received


@pytest.fixture(params=[through_smtp, through_outbox], ids=["smtp", "outbox"])
def mailer_and_received(
    request: pytest.FixtureRequest, server: str, inbox: Inbox
) -> tuple[Mailer, Callable[[], list[OutgoingMail]]]:
    """A mailer, and the mails received from it."""
    found: tuple[Mailer, Callable[[], list[OutgoingMail]]] = request.param(server, inbox)
    return found


def test_a_mail_arrives_as_it_was_written(mailer_and_received: tuple[Mailer, Callable[[], list[OutgoingMail]]]) -> None:
    mailer, received = mailer_and_received
    letters = [
        make_mail(),
        make_mail(to="bob@bücher.example", subject="x" * 300, text="y" * 3000, html=f"<p>{'z' * 3000}</p>"),
    ]
    for letter in letters:
        mailer.deliver(letter)
    arrived = received()
    assert [(one.id, one.subject, one.html, one.text) for one in arrived] == [
        (one.id, one.subject, one.html, one.text) for one in letters
    ]
    assert arrived[0] == letters[0]


def test_a_second_copy_of_a_mail_has_the_same_message_id(
    mailer_and_received: tuple[Mailer, Callable[[], list[OutgoingMail]]],
) -> None:
    mailer, received = mailer_and_received
    letter = make_mail()
    mailer.deliver(letter)
    mailer.deliver(letter)
    assert {one.id for one in received()} == {letter.id}


def test_a_mail_names_its_sender_and_is_marked_as_automatic(server: str, inbox: Inbox) -> None:
    letter = make_mail()
    SmtpMailer(server, sender="Plaza Märkte <plaza@example.com>").deliver(letter)
    (message,) = inbox.letters
    assert (message["From"], message["Auto-Submitted"]) == ("Plaza Märkte <plaza@example.com>", "auto-generated")
    assert message["Message-ID"] == f"<{letter.id}@example.com>"


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: all@example.com", "Hello\nX"])
def test_a_subject_cannot_inject_another_header(server: str, inbox: Inbox, subject: str) -> None:
    with pytest.raises(ValueError, match="Header values may not contain linefeed or carriage return"):
        SmtpMailer(server, sender="plaza@example.com").deliver(make_mail(subject=subject))
    assert inbox.letters == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 No such user", MailRefused),
        ("554 Spam", MailRefused),
        ("451 Greylisted", MailUnavailable),
        ("421 Busy", MailUnavailable),
    ],
)
def test_permanent_and_temporary_refusals_are_distinguished(
    server: str, inbox: Inbox, answer: str, error: type[Exception]
) -> None:
    sender = SmtpMailer(server, sender="plaza@example.com")
    inbox.answer = answer
    with pytest.raises(error, match=answer):
        sender.deliver(make_mail())
    inbox.recipient_answer = answer
    with pytest.raises(error, match=answer):
        sender.deliver(make_mail())
    assert inbox.letters == []


def test_an_unreachable_mail_server_is_an_outage(inbox: Inbox) -> None:
    port = processes.free_port()
    with pytest.raises(MailUnavailable, match=rf"^The mail server at 127.0.0.1:{port} does not answer: "):
        SmtpMailer(f"smtp://127.0.0.1:{port}", sender="plaza@example.com").deliver(make_mail())


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for localhost, and a server context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(secret)
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return tmp_path / "certificate.pem", context


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("scheme", "option"), [("smtp", "?starttls"), ("smtps", "")])
def test_a_password_is_sent_over_tls_only_and_a_wrong_one_is_an_outage(
    inbox: Inbox, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, scheme: str, option: str
) -> None:
    certificate, context = certified
    port = processes.free_port()
    by_option = {"tls_context": context, "require_starttls": True} if option else {"ssl_context": context}
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=inbox.authenticate,
        auth_require_tls=bool(option),
        ready_timeout=60,
        **by_option,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    controller.start()  # type: ignore[no-untyped-call]
    try:
        url = f"{scheme}://ada:{{}}@localhost:{port}{option}"
        SmtpMailer(url.format("p%40ss%2Fword"), sender="plaza@example.com").deliver(make_mail())
        with pytest.raises(MailUnavailable, match="535"):
            SmtpMailer(url.format("wrong"), sender="plaza@example.com").deliver(make_mail())
        users = inbox.users.copy()
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailUnavailable, match=r"does not answer: .*certificate verify failed"):
            SmtpMailer(url.format("p%40ss%2Fword"), sender="plaza@example.com").deliver(make_mail())
    finally:
        controller.stop()  # type: ignore[no-untyped-call]
    assert (len(inbox.letters), set(users), inbox.users == users) == (1, {b"ada"}, True)


def test_the_settings_select_the_mailer() -> None:
    assert isinstance(mail.from_settings(Settings(_env_file=None, smtp_url="")), MailOutbox)
    assert isinstance(mail.from_settings(Settings(_env_file=None, smtp_url="smtp://localhost")), SmtpMailer)


# The job.


@pytest.fixture
def smtp_settings(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mails go to the mail server."""
    monkeypatch.setenv("PLAZA_SMTP_URL", server)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def posted() -> UUID:
    with db.writing() as session:
        return mail.enqueue(session, LETTER)


def work() -> None:
    relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS)
    jobs.worker("mail").work(burst=True)


def row() -> Any:
    with db.reading() as session:
        return session.execute(
            text("SELECT html, text, attempts, ended_at IS NOT NULL AS ended, error FROM mail")
        ).one()


def jobs_left() -> list[float]:
    """The seconds until each unfinished job is due."""
    with db.reading() as session:
        waits = text("SELECT extract(epoch FROM due_at - now()) FROM outbox WHERE done_at IS NULL ORDER BY id")
        return [float(wait) for wait in session.execute(waits).scalars()]


def test_a_mail_of_a_failed_transaction_is_never_sent() -> None:
    def fail() -> None:
        with db.writing() as session:
            mail.enqueue(session, LETTER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    work()
    with db.reading() as session:
        assert mail.stored_mails(session) == []


def test_a_delivered_mail_is_deleted(smtp_settings: None, inbox: Inbox) -> None:
    posted()
    work()
    assert [message["Subject"] for message in inbox.letters] == [LETTER.subject]
    assert tuple(row()) == ("", "", 0, True, None)
    assert jobs_left() == []


def test_a_job_that_runs_twice_sends_one_mail(smtp_settings: None, inbox: Inbox) -> None:
    posted()
    work()
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET sent_at = NULL, done_at = NULL"))
    work()
    assert len(inbox.letters) == 1


def test_a_mail_is_retried_while_the_server_is_down(smtp_settings: None, inbox: Inbox) -> None:
    inbox.answer = "421 Busy"
    posted()
    work()
    found = row()
    assert (found.text, found.attempts, found.ended) == (LETTER.text, 1, False)
    (wait,) = jobs_left()
    assert 0 < wait <= 10
    inbox.answer = "250 OK"
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET due_at = now() WHERE done_at IS NULL"))
    work()
    assert (len(inbox.letters), row().ended, jobs_left()) == (1, True, [])


def test_a_mail_is_retried_for_a_day_and_then_given_up(smtp_settings: None, inbox: Inbox) -> None:
    inbox.answer = "421 Busy"
    posted()
    with db.writing() as session:
        session.execute(text("UPDATE mail SET created_at = now() - interval '25 hours', attempts = 90"))
    work()
    assert tuple(row()) == ("", "", 91, True, "The mail server says: 421 Busy")
    assert jobs_left() == []


def test_a_refused_mail_is_given_up_at_once(smtp_settings: None, inbox: Inbox) -> None:
    inbox.recipient_answer = "550 No such user"
    posted()
    work()
    assert tuple(row()) == ("", "", 0, True, "550 No such user")
    assert jobs_left() == []


def test_a_mail_is_sent_later_when_its_worker_is_killed(smtp_settings: None, inbox: Inbox) -> None:
    inbox.held.clear()
    posted()
    relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        db.reset_after_fork()
        jobs.worker("mail").work(burst=True)
        os._exit(0)
    assert inbox.arrived.wait(120)
    for process in processes.descendants(child):
        process.kill()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    inbox.held.set()
    assert (row().ended, len(jobs_left())) == (False, 1)
    deadline = time.monotonic() + 30
    while relay.reconcile(invalidation.work_redis()) == 0 and time.monotonic() < deadline:
        jobs._reap_dead_workers("mail", redis=invalidation.work_redis())
        with db.writing() as session:
            session.execute(text("UPDATE outbox SET sent_at = now() - interval '1 minute' WHERE done_at IS NULL"))
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET due_at = now() WHERE done_at IS NULL"))
    work()
    assert {message["Message-ID"] for message in inbox.letters} == {inbox.letters[0]["Message-ID"]}
    assert (len(inbox.letters) in (1, 2), row().ended, jobs_left()) == (True, True, [])


def test_old_mail_is_swept() -> None:
    posted()
    work()
    with db.writing() as session:
        mail.sweep(session, created_before=datetime.now(UTC) - timedelta(days=7))
        assert len(mail.stored_mails(session)) == 1
        mail.sweep(session, created_before=datetime.now(UTC) + timedelta(seconds=5))
        assert mail.stored_mails(session) == []
        assert session.execute(text("SELECT count(*) FROM mail")).scalar() == 0
        assert outbox.backlog(session).waiting == 0
