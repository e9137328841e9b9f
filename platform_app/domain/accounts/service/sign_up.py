"""Sign-up. An account exists only after the e-mailed link is opened."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.accounts import models, queries, rules, service
from platform_app.domain.accounts.errors import EmailTaken, InvalidAccount, InvalidLink
from platform_app.domain.accounts.models import SignUp, UserToken
from platform_app.domain.accounts.rules import Role, TokenKind, normalisation, passwords
from platform_app.domain.accounts.schemas import IssuedLink, User, VerifiedSignUp
from platform_app.domain.accounts.service.locking import lock_any_user
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.model_base import new_id
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def start(
    session: WriteSession,
    *,
    name: str,
    email: str,
    password: str,
    browser_digest: str,
    now: datetime,
    next_path: str = "",
) -> None:
    """Store a pending sign-up and queue an e-mail with a link to its address; `next_path` is the page to go on with.

    Looks nothing up and always hashes the password, so that neither the answer nor its timing reveals whether the
    address has an account.
    """
    clean_name, clean_email = validate(name=name, email=email, password=password)
    row = SignUp(
        id=new_id(),
        name=clean_name,
        email=clean_email,
        email_key=normalisation.email_key(clean_email),
        password_hash=passwords.hash_password(password),
        browser_digest=browser_digest,
        next_path=next_path,
        expires_at=now + rules.SIGN_UP_LIFETIME,
    )
    session.add(row)
    outbox.add(session, "workers.accounts.send_sign_up", sign_up_id=str(row.id))


def validate(*, name: str, email: str, password: str) -> tuple[str, str]:
    """Name and e-mail address in their stored form; InvalidAccount lists all problems at once."""
    errors: dict[str, str] = {}
    cleaned = {"name": "", "email": ""}
    for field, typed, rule in (
        ("name", name, normalisation.normalize_name),
        ("email", email, normalisation.normalize_email),
    ):
        try:
            cleaned[field] = rule(typed)
        except Invalid as error:
            errors |= error.fields
    try:
        passwords.validate(password, user_inputs=(cleaned["name"], cleaned["email"]))
    except Invalid as error:
        errors |= error.fields
    if errors:
        raise InvalidAccount(fields=errors)
    return cleaned["name"], cleaned["email"]


def issue_link(session: WriteSession, *, sign_up_id: UUID, now: datetime) -> IssuedLink | None:
    """The link for a sign-up; has no token if the address already has an account. None if the sign-up has expired."""
    row = session.exec(
        select(SignUp)
        .where(SignUp.id == sign_up_id, col(SignUp.expires_at) > now, col(SignUp.used_at).is_(None))
        .with_for_update()
    ).first()
    if row is None:
        return None
    if queries.email_exists(session, email=row.email):
        session.delete(row)
        return IssuedLink(recipient=row.email, token=None)
    token = rules.new_token()
    row.digest = rules.digest(token)
    session.add(row)
    return IssuedLink(recipient=row.email, token=token)


def request_again(session: WriteSession, *, email: str, browser_digest: str) -> None:
    """Queue the mail of a sign-up once more. Looks nothing up, so that it cannot reveal whether an account exists."""
    outbox.add(
        session,
        "workers.accounts.send_sign_up_again",
        email=normalisation.normalize_email(email),
        browser_digest=browser_digest,
    )


def issue_link_again(session: WriteSession, *, email: str, browser_digest: str, now: datetime) -> IssuedLink | None:
    """A new link for the latest sign-up of this address in this browser, which replaces the link before.

    It has no token if the address has an account; None without a sign-up that waits.
    """
    if queries.email_exists(session, email=email):
        return IssuedLink(recipient=email, token=None)
    waiting = select(SignUp.id).where(
        SignUp.email_key == normalisation.email_key(email),
        SignUp.browser_digest == browser_digest,
        col(SignUp.used_at).is_(None),
        col(SignUp.expires_at) > now,
    )
    sign_up_id = session.exec(waiting.order_by(col(SignUp.id).desc()).limit(1)).first()
    return issue_link(session, sign_up_id=sign_up_id, now=now) if sign_up_id else None


def verify(
    session: WriteSession, *, token: str, browser_digest: str | None, now: datetime, user_agent: str, ip: str
) -> VerifiedSignUp:
    """Create the user of this link. The link works once and cancels all other sign-ups of the address.

    Opening it again changes nothing: the answer has no user.

    Only the browser that signed up is signed in and keeps the chosen password. In any other browser, the person who
    reads the e-mail may not be the one who chose the password, so they get a token to choose their own.
    """
    claimed = session.exec(
        select(SignUp)
        .where(SignUp.digest == rules.digest(token), col(SignUp.expires_at) > now)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if claimed is None:
        raise InvalidLink
    if claimed.used_at is not None:
        return VerifiedSignUp()
    is_same_browser = claimed.browser_digest == browser_digest
    password_hash = claimed.password_hash if is_same_browser else None
    user = _insert_user(
        session, email=claimed.email, name=claimed.name, password_hash=password_hash, role=Role.MEMBER, now=now
    )
    claimed.used_at, claimed.name, claimed.password_hash = now, "", ""
    session.add(claimed)
    session.execute(delete(SignUp).where(col(SignUp.email_key) == user.email_key, col(SignUp.id) != claimed.id))
    if is_same_browser:
        signed_in = service.create_session(session, user=user, now=now, user_agent=user_agent, ip=ip)
        return VerifiedSignUp(user=signed_in.user, token=signed_in.token, next_path=claimed.next_path)
    reset_token = issue_reset_token(session, user_id=user.id, now=now)
    return VerifiedSignUp(user=User.model_validate(user), reset_token=reset_token)


def create_user(session: WriteSession, *, email: str, role: Role, now: datetime) -> User:
    """Create a user for an address the operator trusts; they set a password with a reset link. EmailTaken."""
    normalized_email = normalisation.normalize_email(email)
    name = normalisation.normalize_name(normalized_email.partition("@")[0][: normalisation.MAX_NAME_LENGTH])
    user = _insert_user(session, email=normalized_email, name=name, password_hash=None, role=role, now=now)
    session.execute(delete(SignUp).where(col(SignUp.email_key) == user.email_key))
    return User.model_validate(user)


def issue_reset_token(session: WriteSession, *, user_id: UUID, now: datetime) -> str:
    """A token that lets the user set a new password once, within an hour."""
    return issue_token(session, user_id=user_id, kind=TokenKind.RESET, expires_at=now + rules.RESET_LINK_LIFETIME)


def issue_token(
    session: WriteSession, *, user_id: UUID, kind: TokenKind, expires_at: datetime, payload: str = ""
) -> str:
    """A new token for a link; only its digest is stored."""
    token = rules.new_token()
    session.add(
        UserToken(digest=rules.digest(token), kind=kind, user_id=user_id, payload=payload, expires_at=expires_at)
    )
    session.flush()
    return token


def consume_token(session: WriteSession, *, token: str, kind: TokenKind, now: datetime) -> tuple[models.User, str]:
    """Use up a token; return its locked user and its payload. InvalidLink for all but one of concurrent callers."""
    matches_token = (
        (col(UserToken.digest) == rules.digest(token))
        & (col(UserToken.kind) == kind)
        & (col(UserToken.expires_at) > now)
    )
    user_id = session.exec(select(UserToken.user_id).where(matches_token)).first()
    if user_id is None:
        raise InvalidLink
    # Lock the user before the token, like every command that deletes a user's tokens, to avoid deadlocks.
    user = lock_any_user(session, user_id=user_id)
    payload: str | None = session.execute(
        delete(UserToken).where(matches_token).returning(col(UserToken.payload))
    ).scalar()
    if payload is None or user is None or user.banned_at is not None:
        raise InvalidLink
    return user, payload


def _insert_user(
    session: WriteSession, *, email: str, name: str, password_hash: str | None, role: Role, now: datetime
) -> models.User:
    user: models.User | None = session.execute(
        insert(models.User)
        .values(
            id=new_id(),
            email=email,
            email_key=normalisation.email_key(email),
            name=name,
            password_hash=password_hash,
            role=role,
            email_verified_at=now,
            totp_used_step=0,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email_key"])
        .returning(models.User)
    ).scalar()
    if user is None:
        raise EmailTaken
    return user
