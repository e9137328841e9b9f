"""Signed forms for posting one file to this machine, the local counterpart of S3's presigned POST."""

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

SIGNED_FIELDS = ("key", "Content-Type", "max_bytes", "expires")
ALLOWED_FIELDS = {*SIGNED_FIELDS, "signature"}


class UploadRefused(Exception):
    """The upload does not match its signed form; the message says why."""


class UploadTooLarge(UploadRefused):
    """The file is larger than the signed limit."""


class UploadEmpty(UploadRefused):
    """The file is empty."""


@dataclass(frozen=True)
class UploadPolicy:
    """What a signed form allows."""

    key: str
    content_type: str
    max_bytes: int

    def check_size(self, size: int) -> None:
        """Raise UploadTooLarge if the size so far exceeds the limit."""
        if size > self.max_bytes:
            raise UploadTooLarge(f"This file is larger than the allowed {self.max_bytes} bytes.")

    def check_not_empty(self, size: int) -> None:
        """Raise UploadEmpty if the complete file is empty."""
        if not size:
            raise UploadEmpty("This file is empty. Choose another one.")


def sign(secret: str, *, key: str, content_type: str, max_bytes: int, expires: timedelta) -> dict[str, str]:
    """The signed fields of a form, which `verify` accepts until they expire."""
    deadline = int(time.time() + expires.total_seconds())
    fields = {"key": key, "Content-Type": content_type, "max_bytes": str(max_bytes), "expires": str(deadline)}
    return {**fields, "signature": _signature(secret, fields)}


def verify(secret: str, fields: Mapping[str, str]) -> UploadPolicy:
    """The policy of a posted form, to check before its file is read; UploadRefused if it was changed or has expired."""
    signature = fields.get("signature", "").encode(errors="replace")
    if not hmac.compare_digest(_signature(secret, fields).encode(), signature) or set(fields) - ALLOWED_FIELDS:
        raise UploadRefused("This upload form was changed after it was signed.")
    if time.time() >= int(fields["expires"]):
        raise UploadRefused("This upload form has expired. Please try again.")
    return UploadPolicy(key=fields["key"], content_type=fields["Content-Type"], max_bytes=int(fields["max_bytes"]))


def load_or_create_secret(path: Path) -> str:
    """The secret in this file, created on first use; concurrent processes end up with the same secret."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
        temporary.unlink()
    return path.read_text()


def _signature(secret: str, fields: Mapping[str, str]) -> str:
    text = json.dumps([fields.get(name) for name in SIGNED_FIELDS])
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
