"""Every setting of Plaza, read from the environment once a process."""

import json
import os
import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
MIN_SECRET_KEY_LENGTH = 32
_SMTP_URL_PATTERN = re.compile(r"^smtps?://(?:[^@/\s]*@)?[^@/:?\s]+(?::[0-9]{1,5})?/?(?:\?\S*)?$")
_DATABASE_SCHEME = "postgresql+psycopg://"
_SENDER_PATTERN = re.compile(r"^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$")
RUN_FILE = Path("run") / "plaza.env"  # below the data directory; written by `./plaza up`


class Environment(StrEnum):
    """Where this process runs; production refuses every default that is unsafe there."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """`PLAZA_*` variables; the ones `./plaza up` wrote for its data directory fill the gaps."""

    model_config = SettingsConfigDict(env_prefix="PLAZA_", extra="ignore", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    data: Path = ROOT / ".plaza"
    public_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"
    metrics_port: int = Field(default=0, ge=0, le=65535)  # Prometheus asks there; without, development has /metrics
    metrics_host: str = "127.0.0.1"
    sentry_dsn: SecretStr = SecretStr("")
    release: str = ""  # what errors are told with; the image sets its revision
    secret_key: SecretStr = SecretStr("")
    secret_key_previous: SecretStr = SecretStr("")  # still read while the key is changed; nothing is sealed under it
    events_per_network: float = Field(default=50, gt=0)  # a second, of all who are signed out at one address
    trusted_proxy_hops: int = Field(default=0, ge=0)  # how many proxies of ours a request comes through

    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "Plaza <plaza@localhost>"

    database_url: SecretStr = SecretStr("")
    database_pool: int = 8  # connections of a process to the primary; public reads have half as many besides
    database_pooler: bool = (
        False  # PgBouncer, where a session ends with its transaction, is before the primary and replicas
    )
    database_direct_url: SecretStr = SecretStr("")  # past it, for what needs a session; without, the one above
    replica_urls: Annotated[tuple[SecretStr, ...], NoDecode] = ()  # with commas between them, or as JSON
    replica_max_lag: float = Field(default=5.0, gt=0)  # seconds behind the primary, beyond which a replica is not read
    statement_timeout: float = Field(default=30.0, ge=0)  # seconds that a visitor's statement may take; 0 for any time
    wal_archive: Path | None = None  # where the embedded PostgreSQL keeps its WAL too, for ./plaza db restore --until
    state_redis_url: SecretStr = SecretStr("")
    work_redis_url: SecretStr = SecretStr("")

    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    frontend_bucket: str = ""  # where `./plaza publish` brings the compiled frontend; the keys are those of s3
    cloudfront_distribution: str = ""  # which serves that bucket
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
        """One or several URLs from one environment variable."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [url.strip() for url in value.split(",") if url.strip()]

    @property
    def direct_url(self) -> str:
        """Where a session with the primary is to be had that lasts as long as its connection."""
        return self.database_direct_url.get_secret_value() or self.database_url.get_secret_value()

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by TLS, as everywhere but on the machine itself."""
        return self.public_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The name of the cookie that says who is signed in."""
        return self.cookie("plaza_session")

    def cookie(self, name: str) -> str:
        """A cookie's name; by TLS one that no other host of the domain can set."""
        return f"__Host-{name}" if self.is_secure else name

    def problems(self) -> list[str]:
        """Name every setting that must be given before this environment may start."""
        required = {
            "PLAZA_DATABASE_URL": self.database_url,
            "PLAZA_STATE_REDIS_URL": self.state_redis_url,
            "PLAZA_WORK_REDIS_URL": self.work_redis_url,
            "PLAZA_SECRET_KEY": self.secret_key,
        }
        missing = [f"{name} is not set" for name, value in required.items() if not value.get_secret_value()]
        missing += self._mail_problems() + self._database_problems()
        if self.env is Environment.PRODUCTION:
            if not self.s3_bucket:
                missing.append("PLAZA_S3_BUCKET is not set: pictures on local disk are lost with the container")
            if not self.is_secure:
                missing.append("PLAZA_PUBLIC_URL must start with https:// in production")
            if 0 < len(self.secret_key.get_secret_value()) < MIN_SECRET_KEY_LENGTH:
                missing.append(f"PLAZA_SECRET_KEY is too short: {MIN_SECRET_KEY_LENGTH} random characters are needed")
            if not self.smtp_url.get_secret_value():
                missing.append("PLAZA_SMTP_URL is not set: nobody would get the mails they sign up with")
            if self.mail_from == type(self).model_fields["mail_from"].default:
                missing.append("PLAZA_MAIL_FROM is not set: it is who mails come from")
            if self.fetch_private_addresses:
                missing.append("PLAZA_FETCH_PRIVATE_ADDRESSES must stay off in production")
        return missing

    def _database_problems(self) -> list[str]:
        """What would keep the clock from leading and migrations from taking turns, or replicas from being found."""
        problems = []
        if self.database_pooler and not self.database_direct_url.get_secret_value():
            problems.append("PLAZA_DATABASE_DIRECT_URL is not set: the clock and migrations must get past the pooler")
        if not all(url.get_secret_value().startswith(_DATABASE_SCHEME) for url in self.replica_urls):
            problems.append(f"PLAZA_REPLICA_URLS must be {_DATABASE_SCHEME}… with commas between them")
        return problems

    def _mail_problems(self) -> list[str]:
        """What would keep every mail from leaving, or send our password to whoever listens."""
        url, problems = self.smtp_url.get_secret_value(), []
        if url and not _SMTP_URL_PATTERN.match(url):
            problems.append("PLAZA_SMTP_URL must look like smtp://user:password@host:587?starttls, or smtps://…")
        elif "@" in url and url.startswith("smtp://") and "starttls" not in url and self.env is Environment.PRODUCTION:
            problems.append("PLAZA_SMTP_URL must use smtps:// or end in ?starttls: it holds a password")
        if not _SENDER_PATTERN.match(self.mail_from):
            problems.append("PLAZA_MAIL_FROM must look like Plaza <plaza@example.com>")
        return problems


@cache
def settings() -> Settings:
    """The settings of this process."""
    data = Path(os.environ.get("PLAZA_DATA", ROOT / ".plaza"))
    return Settings(_env_file=data / RUN_FILE)
