"""Two-factor sign-in: each code works once, even concurrently, and turning it off needs the password and a code."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from structlog.testing import capture_logs

from platform_app.domain.accounts import queries, service
from platform_app.domain.accounts.errors import (
    CodeNeeded,
    TwoFactorOff,
    TwoFactorOn,
    UserNotFound,
    WrongCode,
    WrongPassword,
)
from platform_app.domain.accounts.rules import two_factor as rules
from platform_app.domain.accounts.schemas import SignInResult, User
from platform_app.domain.accounts.service import two_factor
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, encryption
from platform_app.infra.limits import Limit
from platform_app.infra.settings import settings
from tests.accounts.helpers import create_user, run_jobs, sign_in, signed_in
from tests.conftest import assert_queries
from tests.factories import PASSWORD, make_user
from tests.imports.helpers import take_jobs

STEP = timedelta(seconds=rules.STEP_SECONDS)


def turn_on(session: db.WriteSession, user: User, *, now: datetime) -> tuple[str, tuple[str, ...]]:
    """The secret of the user's app, and the recovery codes."""
    setup = two_factor.start_totp_setup(session, user_id=user.id, password=PASSWORD)
    codes = two_factor.confirm_totp_setup(session, user_id=user.id, code=code_at(setup.secret, now), now=now)
    return setup.secret, codes


def code_at(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def try_code(session: db.WriteSession, code: str | None, *, now: datetime) -> SignInResult:
    return service.sign_in(
        session, email="ada@example.com", password=PASSWORD, code=code, now=now, user_agent="", ip=""
    )


def count_successes(attempts: list[Callable[[], object]]) -> int:
    """How many attempts succeed when all run at the same time."""
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> bool:
        barrier.wait()
        try:
            attempt()
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(len(attempts)) as pool:
        return sum(pool.map(run, attempts))


def test_setup_needs_the_password_and_a_code_of_the_app(session: db.WriteSession) -> None:
    ada, now = make_user(session).user, utc_now()
    with pytest.raises(WrongPassword):
        two_factor.start_totp_setup(session, user_id=ada.id, password="not-the-password")
    with pytest.raises(TwoFactorOff):
        two_factor.confirm_totp_setup(session, user_id=ada.id, code="123456", now=now)
    setup = two_factor.start_totp_setup(session, user_id=ada.id, password=PASSWORD)
    assert setup.uri == f"otpauth://totp/Plaza:ada%40example.com?secret={setup.secret}&issuer=Plaza"
    assert setup.qr_svg.startswith("<svg ")
    with pytest.raises(WrongCode):
        two_factor.confirm_totp_setup(session, user_id=ada.id, code="12345a", now=now)
    assert try_code(session, None, now=now).user.id == ada.id
    codes = two_factor.confirm_totp_setup(session, user_id=ada.id, code=code_at(setup.secret, now), now=now)
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    with pytest.raises(CodeNeeded):
        try_code(session, None, now=now)
    with pytest.raises(TwoFactorOn):
        two_factor.start_totp_setup(session, user_id=ada.id, password=PASSWORD)


def test_the_secret_is_encrypted_and_recovery_codes_are_stored_as_digests(session: db.WriteSession) -> None:
    ada, now = make_user(session).user, utc_now()
    secret, codes = turn_on(session, ada, now=now)
    session.flush()
    user_row = session.execute(text("SELECT totp_secret, totp_pending FROM user_account")).one()
    assert (encryption.decrypt(bytes(user_row.totp_secret)), user_row.totp_pending) == (secret, None)
    assert secret.encode() not in bytes(user_row.totp_secret)
    digests = session.execute(text("SELECT digest FROM recovery_code")).scalars().all()
    assert {len(digest) for digest in digests} == {64}
    assert set(digests).isdisjoint(codes)


def test_a_code_works_once_and_invalidates_earlier_codes(session: db.WriteSession) -> None:
    ada, now = make_user(session).user, utc_now()
    secret, _ = turn_on(session, ada, now=now)
    with pytest.raises(WrongCode):
        try_code(session, code_at(secret, now), now=now)
    later = now + 2 * STEP
    assert try_code(session, f" {code_at(secret, later)[:3]} {code_at(secret, later)[3:]}", now=later).user.id == ada.id
    for at in (later, later - STEP):
        with pytest.raises(WrongCode):
            try_code(session, code_at(secret, at), now=later)


def test_a_code_signs_in_once_when_several_use_it_concurrently(clean: None) -> None:
    ada, now = create_user(), utc_now()
    with db.writing() as session:
        secret, _ = turn_on(session, ada, now=now)
    later = now + 2 * STEP

    def attempt() -> None:
        with db.writing() as session:
            try_code(session, code_at(secret, later), now=later)

    assert count_successes([attempt] * 4) == 1
    with db.reading() as session:
        assert len(queries.sessions(session, user_id=ada.id)) == 1


def test_a_recovery_code_signs_in_once_when_several_use_it_concurrently(clean: None) -> None:
    ada, now = create_user(), utc_now()
    with db.writing() as session:
        _, codes = turn_on(session, ada, now=now)

    def attempt() -> None:
        with db.writing() as session:
            try_code(session, codes[0].lower().replace("-", " "), now=now)

    assert count_successes([attempt] * 4) == 1
    with db.reading() as session:
        assert queries.recovery_codes_left(session, user_id=ada.id) == 9


def test_turning_it_off_needs_the_password_and_a_code(session: db.WriteSession) -> None:
    ada, now = make_user(session).user, utc_now()
    _, codes = turn_on(session, ada, now=now)
    with pytest.raises(WrongPassword):
        two_factor.disable_totp(session, user_id=ada.id, password="x", code=codes[0], now=now)
    with pytest.raises(WrongCode):
        two_factor.disable_totp(session, user_id=ada.id, password=PASSWORD, code="000-000", now=now)
    two_factor.disable_totp(session, user_id=ada.id, password=PASSWORD, code=codes[0], now=now)
    assert queries.recovery_codes_left(session, user_id=ada.id) == 0
    assert try_code(session, None, now=now).user.id == ada.id
    with pytest.raises(TwoFactorOff):
        two_factor.regenerate_recovery_codes(session, user_id=ada.id, password=PASSWORD, code="", now=now)


def test_new_recovery_codes_replace_the_old_ones(session: db.WriteSession) -> None:
    ada, now = make_user(session).user, utc_now()
    _, former = turn_on(session, ada, now=now)
    codes = two_factor.regenerate_recovery_codes(session, user_id=ada.id, password=PASSWORD, code=former[0], now=now)
    with pytest.raises(WrongCode):
        try_code(session, former[0], now=now)
    assert try_code(session, codes[9], now=now).user.id == ada.id


def test_a_code_of_another_user_does_not_work(session: db.WriteSession) -> None:
    ada, bob, now = make_user(session).user, make_user(session, email="bob@example.com").user, utc_now()
    turn_on(session, ada, now=now)
    secret, codes = turn_on(session, bob, now=now)
    for code in (codes[0], code_at(secret, now + STEP)):
        with pytest.raises(WrongCode):
            try_code(session, code, now=now)
    assert queries.recovery_codes_left(session, user_id=bob.id) == 10


def test_an_operator_resets_two_factor_sign_in_for_a_user_without_codes(browser: TestClient) -> None:
    user = signed_in(browser)
    with db.writing() as session:
        turn_on(session, user, now=utc_now())
    run_jobs()
    with db.writing() as session, pytest.raises(UserNotFound):
        two_factor.reset(session, email="nobody@example.com", by="root@here")
    with db.writing() as session:
        two_factor.reset(session, email="Ada@Example.com", by="root@here")
    assert browser.get("/api/v1/account").status_code == 401
    with db.reading() as session:
        row = session.execute(text("SELECT totp_secret, totp_pending FROM user_account")).one()
        assert (tuple(row), queries.recovery_codes_left(session, user_id=user.id)) == ((None, None), 0)
    assert sign_in(browser).status_code == 200
    with capture_logs() as logs:
        for job in take_jobs("accounts"):
            job.perform()
    letter = run_jobs()[-1]
    assert (letter.to, letter.subject) == ("ada@example.com", "Two-factor sign-in was turned off for you")
    audited = [(each["user.id"], each["by"]) for each in logs if each.get("event.action") == "two-factor-reset"]
    assert audited == [(str(user.id), "root@here")]
    with db.writing() as session, pytest.raises(TwoFactorOff, match="Two-factor sign-in is already off"):
        two_factor.reset(session, email="ada@example.com", by="root@here")


def test_sign_in_over_rest_asks_for_the_code_and_reports_a_wrong_one_by_field(browser: TestClient) -> None:
    signed_in(browser)
    setup = browser.post("/auth/totp/begin", json={"password": PASSWORD}).json()
    assert sorted(setup) == ["qr_svg", "secret", "uri"]
    codes = browser.post("/auth/totp/confirm", json={"code": code_at(setup["secret"], utc_now())}).json()["codes"]
    account = browser.get("/api/v1/account").json()
    assert (account["has_totp"], account["codes_left"]) == (True, 10)
    browser.post("/auth/sign-out")
    needed = sign_in(browser)
    assert (needed.status_code, needed.json()["code"]) == (401, "code_needed")
    assert sign_in(browser, password="wrong", code=codes[0]).json()["code"] == "wrong_credentials"
    wrong = sign_in(browser, code="000000")
    assert (wrong.status_code, wrong.json()["code"], list(wrong.json()["fields"])) == (422, "wrong_code", ["code"])
    assert sign_in(browser, code=codes[0]).json() == {"next": "/"}
    off = browser.post("/auth/totp/disable", json={"password": PASSWORD, "code": codes[1]})
    assert (off.status_code, browser.get("/api/v1/account").json()["has_totp"]) == (204, False)
    # What one transaction publishes is mailed in any order.
    assert sorted(letter.subject for letter in run_jobs()) == [
        "A recovery code was used",
        "A recovery code was used",
        "Two-factor sign-in is off",
        "Two-factor sign-in is on",
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/password", {"current": PASSWORD, "password": "quartz-meadow-violin"}),
        ("/auth/email", {"email": "new@example.com", "password": PASSWORD}),
        ("/auth/totp/codes", {"password": PASSWORD}),
    ],
)
def test_with_two_factor_on_the_password_alone_changes_nothing(
    browser: TestClient, path: str, body: dict[str, str]
) -> None:
    user, now = signed_in(browser), utc_now()
    with db.writing() as session:
        _, codes = turn_on(session, user, now=now)
    before = everything_of(user)
    for code, kind in (("", "missing_code"), (" ", "missing_code"), ("000000", "wrong_code")):
        refused = browser.post(path, json={**body, "code": code})
        assert (refused.status_code, refused.json()["code"], list(refused.json()["fields"])) == (422, kind, ["code"])
    assert everything_of(user) == before
    assert browser.post(path, json={**body, "code": codes[0]}).status_code in (200, 202)
    assert everything_of(user) != before


def everything_of(user: User) -> str:
    """The rows that a change of the account would change."""
    tables = ("user_account", "recovery_code", "user_session", "outbox")
    with db.reading() as session:
        return str([session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() for table in tables])


def test_wrong_codes_are_limited_even_with_the_right_password(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, now = create_user(), utc_now()
    with db.writing() as session:
        _, codes = turn_on(session, ada, now=now)
    for limit in ("auth_common.SIGN_INS_PER_IP", "mailbox_limits.SIGN_INS_FROM_NETWORK"):
        monkeypatch.setattr(f"platform_app.rest.accounts.{limit}", rest_limit(limit))
    assert [sign_in(browser, code="000000").status_code for _ in range(11)] == [422] * 10 + [429]
    assert sign_in(browser, code=codes[0]).status_code == 429


def rest_limit(name: str) -> object:
    return Limit(name, amount=1000, seconds=60)


@pytest.mark.parametrize("path", ["begin", "confirm", "disable", "codes"])
def test_two_factor_routes_need_a_session(browser: TestClient, path: str) -> None:
    with assert_queries(db.engine(), 0):
        refused = browser.post(f"/auth/totp/{path}", json={"password": PASSWORD, "code": "123456"})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


@given(st.text(max_size=40))
def test_any_text_is_a_valid_code_or_none(typed: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    secret = "JBSWY3DPEHPK3PXP" * 2
    right = {pyotp.TOTP(secret).at(now + offset * STEP) for offset in (-1, 0, 1)}
    assert (rules.matching_time_step(secret, typed, now=now) is not None) == ("".join(typed.split()) in right)
    assert len(rules.normalize_recovery_code(typed)) <= 32


def test_changing_the_secret_key_keeps_every_second_factor(
    session: db.WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    users = [make_user(session, email=f"{name}@example.com").user for name in ("ada", "ben", "cleo")]
    secrets = {user.id: turn_on(session, user, now=now)[0] for user in users[:2]}
    pending = two_factor.start_totp_setup(session, user_id=users[2].id, password=PASSWORD).secret

    def set_keys(key: str, previous: str) -> None:
        monkeypatch.setenv("PLAZA_SECRET_KEY", key)
        monkeypatch.setenv("PLAZA_SECRET_KEY_PREVIOUS", previous)
        settings.cache_clear()
        encryption._fernet.cache_clear()

    before, after = settings().secret_key.get_secret_value(), "another-key" * 4
    try:
        set_keys(after, before)
        assert try_code(session, code_at(secrets[users[0].id], now + STEP), now=now + STEP).user.id == users[0].id
        some = two_factor.reencrypt_secrets(session, after=None, limit=2)
        assert some == sorted(user.id for user in users)[1]
        assert two_factor.reencrypt_secrets(session, after=some, limit=2) == sorted(user.id for user in users)[2]
        assert two_factor.reencrypt_secrets(session, after=sorted(user.id for user in users)[2], limit=2) is None
        set_keys(after, "")
        later = now + 2 * STEP
        assert try_code(session, code_at(secrets[users[0].id], later), now=later).user.id == users[0].id
        assert two_factor.confirm_totp_setup(session, user_id=users[2].id, code=code_at(pending, later), now=later)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        encryption._fernet.cache_clear()
