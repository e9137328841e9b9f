"""Sign-in and sign-out: who gets a session, and what ends one."""

from datetime import timedelta

import pytest

from platform_app.domain.accounts import queries, rules, service
from platform_app.domain.accounts.errors import SessionNotFound, WrongCredentials
from platform_app.domain.accounts.schemas import SignInResult, Viewer
from platform_app.domain.accounts.tags import session_tag
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.infra.db import INVALIDATED_TAGS, WriteSession
from tests.factories import PASSWORD, make_user


def sign_in(session: WriteSession, **overrides: object) -> SignInResult:
    arguments = {"email": "ada@example.com", "password": PASSWORD, "code": None, "now": utc_now()}
    return service.sign_in(session, **{**arguments, "user_agent": "Safari", "ip": "127.0.0.2", **overrides})  # type: ignore[arg-type]


def viewer(session: WriteSession, token: str) -> Viewer | None:
    return queries.viewer(session, digest=rules.digest(token))


def test_the_right_password_opens_a_new_session(session: WriteSession) -> None:
    ada = make_user(session)
    again = sign_in(session, email="ADA@example.COM ")
    seen = viewer(session, again.token)
    assert seen is not None
    assert (seen.user_id, seen.name, seen.email, seen.role) == (
        ada.user.id,
        "Ada",
        "ada@example.com",
        rules.Role.MEMBER,
    )
    assert (again.token != ada.token, len(queries.sessions(session, user_id=ada.user.id))) == (True, 2)


def test_only_the_digest_of_a_token_is_stored(session: WriteSession) -> None:
    ada = make_user(session)
    digests = queries.session_digests(session, user_id=ada.user.id)
    assert digests == [rules.digest(ada.token)]
    assert viewer(session, digests[0]) is None


@pytest.mark.parametrize(
    "wrong", [{"password": "not-it-at-all"}, {"password": ""}, {"email": "bob@example.com"}, {"email": "\x00"}]
)
def test_an_unknown_email_and_a_wrong_password_are_refused_alike(session: WriteSession, wrong: dict[str, str]) -> None:
    ada = make_user(session)
    with pytest.raises(WrongCredentials, match="The e-mail address or password is wrong"):
        sign_in(session, **wrong)
    assert len(queries.sessions(session, user_id=ada.user.id)) == 1


def test_signing_out_ends_the_session_and_invalidates_its_tag(session: WriteSession) -> None:
    ada = make_user(session)
    service.sign_out(session, digest=rules.digest(ada.token))
    assert viewer(session, ada.token) is None
    assert session_tag(rules.digest(ada.token)) in session.info[INVALIDATED_TAGS]


def test_a_session_of_another_user_cannot_be_ended(session: WriteSession) -> None:
    ada, bob = make_user(session), make_user(session, email="bob@example.com")
    (theirs,) = queries.sessions(session, user_id=bob.user.id)
    with pytest.raises(SessionNotFound):
        service.end_session(session, user_id=ada.user.id, session_id=theirs.id)
    with pytest.raises(SessionNotFound):
        service.end_session(session, user_id=bob.user.id, session_id=new_id())
    assert viewer(session, bob.token) is not None


def test_ending_other_sessions_keeps_the_current_one_and_invalidates_their_tags(session: WriteSession) -> None:
    ada = make_user(session)
    other = sign_in(session)
    assert service.end_other_sessions(session, user_id=ada.user.id, kept_digest=rules.digest(ada.token)) == 1
    assert (viewer(session, ada.token) is None, viewer(session, other.token)) == (False, None)
    assert session_tag(rules.digest(other.token)) in session.info[INVALIDATED_TAGS]
    assert session_tag(rules.digest(ada.token)) not in session.info[INVALIDATED_TAGS]
    assert service.end_all_sessions(session, user_id=ada.user.id) == 1
    assert viewer(session, ada.token) is None


def test_a_session_ends_after_ninety_days_however_often_it_is_used(session: WriteSession) -> None:
    token = make_user(session).token
    first = viewer(session, token)
    assert first is not None
    began = first.seen_at
    for days in (25, 50, 75, 89):
        service.touch(session, digest=rules.digest(token), now=began + timedelta(days=days))
    last = viewer(session, token)
    assert last is not None
    assert (last.seen_at, last.expires_at) == (began + timedelta(days=89), began + timedelta(days=90))


def test_an_active_session_is_extended_and_an_expired_one_is_swept(session: WriteSession) -> None:
    ada = make_user(session)
    digest = rules.digest(ada.token)
    before = viewer(session, ada.token)
    assert before is not None
    service.touch(session, digest=digest, now=before.seen_at + timedelta(minutes=59))
    assert viewer(session, ada.token) == before
    later = before.seen_at + timedelta(hours=1)
    service.touch(session, digest=digest, now=later)
    after = viewer(session, ada.token)
    assert after is not None
    assert (after.seen_at, after.expires_at) == (later, later + rules.SESSION_LIFETIME)
    service.sweep(session, now=after.expires_at - timedelta(seconds=1))
    assert queries.active_session_digests(session, digests=[digest, "unknown"], now=utc_now()) == {digest}
    service.sweep(session, now=after.expires_at)
    assert queries.session_digests(session, user_id=ada.user.id) == []


def test_signing_in_again_ends_the_previous_session_of_the_browser(session: WriteSession) -> None:
    ada = make_user(session)
    sign_in(session, replaced_digest=rules.digest(ada.token))
    assert viewer(session, ada.token) is None
    assert len(queries.sessions(session, user_id=ada.user.id)) == 1
