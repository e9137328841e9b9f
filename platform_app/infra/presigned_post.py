"""The signed form with which a browser may post one file to this machine, as S3 has its own."""

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
    """This upload is not the one that was signed; the sentence says why."""


class UploadTooLarge(UploadRefused):
    """The file has more bytes than were signed."""


class UploadEmpty(UploadRefused):
    """The file has no bytes at all."""


@dataclass(frozen=True)
class UploadPolicy:
    """What a form that was signed here lets in."""

    key: str
    content_type: str
    max_bytes: int

    def check_size(self, size: int) -> None:
        """UploadTooLarge as soon as more than the signed bytes have come."""
        if size > self.max_bytes:
            raise UploadTooLarge(f"This file is larger than the {self.max_bytes} bytes that were signed for it.")

    def check_not_empty(self, size: int) -> None:
        """UploadEmpty when nothing has come by the end."""
        if not size:
            raise UploadEmpty("This file is empty: choose another one.")


def sign(secret: str, *, key: str, content_type: str, max_bytes: int, expires: timedelta) -> dict[str, str]:
    """The fields of a form that `verify` accepts until it expires."""
    deadline = int(time.time() + expires.total_seconds())
    fields = {"key": key, "Content-Type": content_type, "max_bytes": str(max_bytes), "expires": str(deadline)}
    return {**fields, "signature": _signature(secret, fields)}


def verify(secret: str, fields: Mapping[str, str]) -> UploadPolicy:
    """What the form may bring, before any of its file is read; UploadRefused if it was changed or is late."""
    signature = fields.get("signature", "").encode(errors="replace")
    if not hmac.compare_digest(_signature(secret, fields).encode(), signature) or set(fields) - ALLOWED_FIELDS:
        raise UploadRefused("This upload form was changed after it was signed.")
    if time.time() >= int(fields["expires"]):
        raise UploadRefused("This upload form has expired: ask for a new one.")
    return UploadPolicy(key=fields["key"], content_type=fields["Content-Type"], max_bytes=int(fields["max_bytes"]))


def load_or_create_secret(path: Path) -> str:
    """The secret in this file, made on first use; of two processes that make it, one wins and both read it."""
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
