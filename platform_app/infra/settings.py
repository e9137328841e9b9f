"""Every setting of Plaza, read from the environment once a process."""

import os
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
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

    database_url: SecretStr = SecretStr("")
    database_pool: int = 8
    state_redis_url: SecretStr = SecretStr("")
    work_redis_url: SecretStr = SecretStr("")

    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    dynamodb_table: str = ""
    dynamodb_endpoint: str = ""
    dynamodb_region: str = "us-east-1"
    dynamodb_access_key: SecretStr = SecretStr("")
    dynamodb_secret_key: SecretStr = SecretStr("")

    fetch_private_addresses: bool = False
    frontend: Path = ROOT / ".web" / "build" / "client"

    def problems(self) -> list[str]:
        """Name every setting that must be given before this environment may start."""
        required = {
            "PLAZA_DATABASE_URL": self.database_url,
            "PLAZA_STATE_REDIS_URL": self.state_redis_url,
            "PLAZA_WORK_REDIS_URL": self.work_redis_url,
        }
        missing = [f"{name} is not set" for name, value in required.items() if not value.get_secret_value()]
        if self.env is Environment.PRODUCTION:
            if not self.s3_bucket:
                missing.append("PLAZA_S3_BUCKET is not set: pictures on local disk are lost with the container")
            if not self.public_url.startswith("https://"):
                missing.append("PLAZA_PUBLIC_URL must start with https:// in production")
            if self.fetch_private_addresses:
                missing.append("PLAZA_FETCH_PRIVATE_ADDRESSES must stay off in production")
        return missing


@cache
def settings() -> Settings:
    """The settings of this process."""
    data = Path(os.environ.get("PLAZA_DATA", ROOT / ".plaza"))
    return Settings(_env_file=data / RUN_FILE)
