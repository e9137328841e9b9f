"""The settings that Plaza requires before it starts."""

import os
from typing import Any

import pytest
from cryptography.fernet import InvalidToken

from platform_app.infra import encryption
from platform_app.infra.settings import Environment, Settings, settings

GIVEN: dict[str, Any] = {
    "env": Environment.PRODUCTION,
    "public_url": "https://plaza.example",
    "database_url": "postgresql+psycopg://x",
    "state_redis_url": "redis://:secret@x",
    "work_redis_url": "rediss://plaza:secret@y",
    "s3_bucket": "plaza",
    "secret_key": "cdcee3abb8943ef309873a2f8c9e4c85",
    "smtp_url": "smtp://mail.example",
    "mail_from": "Plaza <plaza@plaza.example>",
    "trusted_proxy_hops": 1,
}


REPEATING = "PLAZA_SECRET_KEY repeats itself: use the output of `openssl rand -base64 32`"


def problems(**overrides: Any) -> list[str]:
    return Settings(_env_file=None, **{**GIVEN, **overrides}).problems()


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"smtp_url": "smtp://plaza:p%40ss@mail.example:587?starttls"},
        {"smtp_url": "smtps://plaza:secret@mail.example"},
        {"mail_from": "plaza@plaza.example"},
    ],
)
def test_production_starts_with_the_required_settings(overrides: dict[str, Any]) -> None:
    assert problems(**overrides) == []


@pytest.mark.parametrize(
    ("overrides", "messages"),
    [
        ({"secret_key": ""}, ["PLAZA_SECRET_KEY is not set"]),
        ({"secret_key": "k" * 31}, ["PLAZA_SECRET_KEY is too short: use at least 32 random characters"]),
        ({"secret_key": "k" * 40}, [REPEATING]),
        ({"secret_key": "0123456789" * 4}, [REPEATING]),
        ({"secret_key": "only-for-tests-" * 3}, [REPEATING]),
        (
            {"state_redis_url": "redis://x:6379/0", "work_redis_url": "rediss://plaza@y"},
            [
                "PLAZA_STATE_REDIS_URL has no password: redis://:PASSWORD@host:6379/0",
                "PLAZA_WORK_REDIS_URL has no password: redis://:PASSWORD@host:6379/0",
            ],
        ),
        ({"smtp_url": ""}, ["PLAZA_SMTP_URL is not set: sign-up mails would not be delivered"]),
        ({"mail_from": "Plaza <plaza@localhost>"}, ["PLAZA_MAIL_FROM is not set: it is the sender of all mail"]),
        (
            {"smtp_url": "mail.example:587"},
            ["PLAZA_SMTP_URL must look like smtp://user:password@host:587?starttls, or smtps://…"],
        ),
        (
            {"smtp_url": "smtp://plaza:secret@mail.example"},
            ["PLAZA_SMTP_URL must use smtps:// or end in ?starttls, since it contains a password"],
        ),
        (
            {"database_pooler": True},
            ["PLAZA_DATABASE_DIRECT_URL is not set: the clock and migrations must bypass the pooler"],
        ),
        (
            {"replica_urls": "postgres://one,two"},
            ["PLAZA_REPLICA_URLS must be postgresql+psycopg://… URLs, separated by commas"],
        ),
        ({"mail_from": "Plaza"}, ["PLAZA_MAIL_FROM must look like Plaza <plaza@example.com>"]),
    ],
)
def test_production_refuses_unsafe_settings_by_name(overrides: dict[str, Any], messages: list[str]) -> None:
    assert problems(**overrides) == messages


def test_production_does_not_guess_how_many_proxies_are_in_front_of_it() -> None:
    unset = {name: value for name, value in GIVEN.items() if name != "trusted_proxy_hops"}
    assert Settings(_env_file=None, **unset).problems() == [
        "PLAZA_TRUSTED_PROXY_HOPS is not set: the limits need the IPs of clients, 1 behind the edge"
    ]
    assert problems(trusted_proxy_hops=0) == []


def test_development_needs_no_mail_server() -> None:
    assert problems(env=Environment.DEVELOPMENT, smtp_url="", mail_from="Plaza <plaza@localhost>") == []


def test_encrypted_data_is_read_with_its_key_and_with_the_previous_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed, before = encryption.encrypt("secret ☕"), os.environ["PLAZA_SECRET_KEY"]
    assert (encryption.decrypt(sealed), b"secret" in sealed, encryption.encrypt("secret ☕") == sealed) == (
        "secret ☕",
        False,
        False,
    )
    monkeypatch.setenv("PLAZA_SECRET_KEY", "another" * 8)
    settings.cache_clear()
    encryption._fernet.cache_clear()
    try:
        with pytest.raises(InvalidToken):
            encryption.decrypt(sealed)
        monkeypatch.setenv("PLAZA_SECRET_KEY_PREVIOUS", before)
        settings.cache_clear()
        encryption._fernet.cache_clear()
        reencrypted = encryption.reencrypt(sealed)
        assert (encryption.decrypt(sealed), encryption.decrypt(reencrypted)) == ("secret ☕", "secret ☕")
        fresh = encryption.encrypt("new")
        monkeypatch.delenv("PLAZA_SECRET_KEY_PREVIOUS")
        settings.cache_clear()
        encryption._fernet.cache_clear()
        assert (encryption.decrypt(reencrypted), encryption.decrypt(fresh)) == ("secret ☕", "new")
        with pytest.raises(InvalidToken):
            encryption.decrypt(sealed)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        encryption._fernet.cache_clear()
