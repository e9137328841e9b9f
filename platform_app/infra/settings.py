"""All settings of Plaza, read from the environment once per process."""

import json
import os
import re
import zlib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
MIN_SECRET_KEY_LENGTH = 32
_MIN_COMPRESSED_KEY = 32  # bytes; 32 random hexadecimal digits take 40
_SMTP_URL_PATTERN = re.compile(r"^smtps?://(?:[^@/\s]*@)?[^@/:?\s]+(?::[0-9]{1,5})?/?(?:\?\S*)?$")
_DATABASE_SCHEME = "postgresql+psycopg://"
_SENDER_PATTERN = re.compile(r"^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$")
OWNER_FILE = Path("run") / "owner.url"  # likewise; read by commands that change the schema, by no tier
RUN_FILE = Path("run") / "plaza.env"  # in the data directory; written by `./plaza up`


class Environment(StrEnum):
    """The environment of this process; production rejects unsafe defaults."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """`PLAZA_*` environment variables; unset ones come from the file that `./plaza up` writes."""

    model_config = SettingsConfigDict(env_prefix="PLAZA_", extra="ignore", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    data: Path = ROOT / ".plaza"
    public_url: str = "http://127.0.0.1:8000"
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$"
    )  # ISO 4217; prices of all shops are filtered and sorted in it, each is shown in its own
    log_level: str = "INFO"
    metrics_port: int = Field(default=0, ge=0, le=65535)  # for Prometheus; if 0, development serves /metrics
    metrics_host: str = "127.0.0.1"
    sentry_dsn: SecretStr = SecretStr("")
    release: str = ""  # reported with errors; the image sets its revision
    secret_key: SecretStr = SecretStr("")
    secret_key_previous: SecretStr = SecretStr("")  # during key rotation: decrypts, never encrypts
    events_per_network: float = Field(default=50, gt=0)  # per second, for all signed-out visitors of one network
    session_days: int = Field(default=90, ge=1)  # after which people sign in again, however often they have been here
    sockets_per_network: int = Field(default=300, gt=0)  # open at once in one process; the edge allows 200 per IP
    shop_pixels_per_hour: int = Field(default=20_000_000_000, gt=0)  # of pictures; 5,000 of four megapixels
    shop_import_rows_per_day: int = Field(default=1_000_000, gt=0)  # of files that members of the shop import
    trusted_proxy_hops: int = Field(default=0, ge=0)  # the number of our own proxies before this process

    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "Plaza <plaza@localhost>"

    database_url: SecretStr = SecretStr("")
    database_pool: int = 8  # connections per process to the primary; public reads use half as many more
    database_pooler: bool = False  # whether PgBouncer in transaction mode is in front of the primary and the replicas
    database_direct_url: SecretStr = SecretStr("")  # bypasses the pooler, for session features; default: database_url
    database_owner_url: SecretStr = SecretStr("")  # may change the schema; for migrations and backups only
    replica_urls: Annotated[tuple[SecretStr, ...], NoDecode] = ()  # separated by commas, or as JSON
    replica_max_lag: float = Field(default=5.0, gt=0)  # seconds behind the primary; a replica with more lag is not used
    statement_timeout: float = Field(default=30.0, ge=0)  # seconds per statement in a request; 0 for no limit
    wal_archive: Path | None = None  # WAL archive of the embedded PostgreSQL, for ./plaza db restore --until
    state_redis_url: SecretStr = SecretStr("")
    work_redis_url: SecretStr = SecretStr("")

    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    frontend_bucket: str = ""  # for `./plaza publish`, with the same keys as s3
    cloudfront_distribution: str = ""  # serves that bucket
    dynamodb_table: str = ""
    dynamodb_endpoint: str = ""
    dynamodb_region: str = "us-east-1"
    dynamodb_access_key: SecretStr = SecretStr("")
    dynamodb_secret_key: SecretStr = SecretStr("")

    fetch_private_addresses: bool = False
    frontend: Path = ROOT / ".web" / "build" / "client"

    @field_validator("replica_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Parse one or several URLs from one environment variable."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [url.strip() for url in value.split(",") if url.strip()]

    @property
    def direct_url(self) -> str:
        """The URL of the primary for real sessions, bypassing the pooler."""
        return self.database_direct_url.get_secret_value() or self.database_url.get_secret_value()

    @property
    def owner_url(self) -> str:
        """The URL for changes of the schema and for backups; without roles of their own, the same role does all."""
        return self.database_owner_url.get_secret_value() or self.direct_url

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by TLS."""
        return self.public_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The name of the session cookie."""
        return self.cookie("plaza_session")

    def cookie(self, name: str) -> str:
        """A cookie's name; with TLS, prefixed so that no other host of the domain can set it."""
        return f"__Host-{name}" if self.is_secure else name

    def problems(self) -> list[str]:
        """The problems with settings that prevent a start in this environment."""
        required = {
            "PLAZA_DATABASE_URL": self.database_url,
            "PLAZA_STATE_REDIS_URL": self.state_redis_url,
            "PLAZA_WORK_REDIS_URL": self.work_redis_url,
            "PLAZA_SECRET_KEY": self.secret_key,
        }
        missing = [f"{name} is not set" for name, value in required.items() if not value.get_secret_value()]
        missing += self._mail_problems() + self._database_problems()
        if self.env is Environment.PRODUCTION:
            missing += self._secret_problems()
            if not self.s3_bucket:
                missing.append("PLAZA_S3_BUCKET is not set: pictures on local disk would be lost with the container")
            if not self.is_secure:
                missing.append("PLAZA_PUBLIC_URL must start with https:// in production")
            if not self.smtp_url.get_secret_value():
                missing.append("PLAZA_SMTP_URL is not set: sign-up mails would not be delivered")
            if self.mail_from == type(self).model_fields["mail_from"].default:
                missing.append("PLAZA_MAIL_FROM is not set: it is the sender of all mail")
            if "trusted_proxy_hops" not in self.model_fields_set:
                missing.append(
                    "PLAZA_TRUSTED_PROXY_HOPS is not set: the limits need the IPs of clients, 1 behind the edge"
                )
            if self.fetch_private_addresses:
                missing.append("PLAZA_FETCH_PRIVATE_ADDRESSES must stay off in production")
        return missing

    def _secret_problems(self) -> list[str]:
        """Secrets that protect nothing: a key that can be guessed, a Redis without a password."""
        key, problems = self.secret_key.get_secret_value(), []
        if 0 < len(key) < MIN_SECRET_KEY_LENGTH:
            problems.append(f"PLAZA_SECRET_KEY is too short: use at least {MIN_SECRET_KEY_LENGTH} random characters")
        elif key and len(zlib.compress(key.encode(), level=9)) < _MIN_COMPRESSED_KEY:
            problems.append("PLAZA_SECRET_KEY repeats itself: use the output of `openssl rand -base64 32`")
        for name, value in (("STATE", self.state_redis_url), ("WORK", self.work_redis_url)):
            url = value.get_secret_value()
            if url and not urlsplit(url).password:
                problems.append(f"PLAZA_{name}_REDIS_URL has no password: redis://:PASSWORD@host:6379/0")
        return problems

    def _database_problems(self) -> list[str]:
        """Problems with the database settings."""
        problems = []
        if self.database_pooler and not self.database_direct_url.get_secret_value():
            problems.append("PLAZA_DATABASE_DIRECT_URL is not set: the clock and migrations must bypass the pooler")
        if not all(url.get_secret_value().startswith(_DATABASE_SCHEME) for url in self.replica_urls):
            problems.append(f"PLAZA_REPLICA_URLS must be {_DATABASE_SCHEME}… URLs, separated by commas")
        return problems

    def _mail_problems(self) -> list[str]:
        """Problems with the mail settings: invalid values, or a password sent without encryption."""
        url, problems = self.smtp_url.get_secret_value(), []
        if url and not _SMTP_URL_PATTERN.match(url):
            problems.append("PLAZA_SMTP_URL must look like smtp://user:password@host:587?starttls, or smtps://…")
        elif "@" in url and url.startswith("smtp://") and "starttls" not in url and self.env is Environment.PRODUCTION:
            problems.append("PLAZA_SMTP_URL must use smtps:// or end in ?starttls, since it contains a password")
        if not _SENDER_PATTERN.match(self.mail_from):
            problems.append("PLAZA_MAIL_FROM must look like Plaza <plaza@example.com>")
        return problems


@cache
def settings() -> Settings:
    """The settings of this process."""
    data = Path(os.environ.get("PLAZA_DATA", ROOT / ".plaza"))
    return Settings(_env_file=data / RUN_FILE)
