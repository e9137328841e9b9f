"""The compiled frontend, brought to where a CDN or nginx takes it from: a bucket, or a folder.

Nothing is ever removed: somebody whose page is of the build before still asks for that build's files.
"""

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from platform_app.infra import storage
from platform_app.infra.settings import Settings
from platform_app.rest import csp
from platform_app.stack.errors import StackError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

IMMUTABLE = "public, max-age=31536000, immutable"
NO_CACHE = "no-cache"
PRECOMPRESSED = (".br", ".gz")
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_HASHED_NAME = re.compile(r"^(?:assets/.*-[\w-]{8}\.(?:js|css)|fonts/.*)$")
_HEAD = re.compile(r"<head[^>]*>")


@dataclass(frozen=True)
class Upload:
    """One file of the build, as it is to be served."""

    key: str
    path: Path
    content_type: str
    cache_control: str

    @property
    def is_immutable(self) -> bool:
        """Whether its name says what is in it, so that it never changes."""
        return self.cache_control == IMMUTABLE

    def body(self) -> bytes:
        """What is sent; a page says itself what it may run, for nothing else does where the api tier is not asked."""
        if not self.content_type.startswith("text/html"):
            return self.path.read_bytes()
        text = self.path.read_text()
        allowed = csp.page_policy(text).replace("; frame-ancestors 'none'", "")  # which counts in headers only
        meta = f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
        return _HEAD.sub(lambda head: head.group() + meta, text, count=1).encode()


class Target(Protocol):
    """Where a frontend is published to."""

    def immutable_keys(self) -> set[str]:
        """Keys of the files that are there and never change."""

    def put(self, upload: Upload) -> None:
        """Bring one file there; readers see the old one or the new one, never a part."""


def list_uploads(folder: Path) -> list[Upload]:
    """Every file of a build, in the order in which nobody meets a page whose files are not there yet."""
    if not (folder / "index.html").exists():
        raise StackError(f"There is no compiled frontend in {folder}; make one with ./plaza build.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in PRECOMPRESSED]
    return sorted((_upload(path, folder) for path in files), key=_upload_order)


def publish(uploads: list[Upload], target: Target) -> int:
    """Bring to the target what is not there; how many files were sent."""
    existing = target.immutable_keys()
    missing = [upload for upload in uploads if not (upload.is_immutable and upload.key in existing)]
    for upload in missing:
        target.put(upload)
    return len(missing)


class Folder:
    """A folder that nginx serves, compressed files beside the others."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def immutable_keys(self) -> set[str]:
        return {path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file()}

    def put(self, upload: Upload) -> None:
        is_page = upload.content_type.startswith("text/html")
        # A page was compressed before it was given its policy.
        suffixes = () if is_page else PRECOMPRESSED
        for suffix in (*suffixes, ""):
            source = upload.path.with_name(upload.path.name + suffix)
            if source.exists():
                destination = self._root / f"{upload.key}{suffix}"
                destination.parent.mkdir(parents=True, exist_ok=True)
                partial = destination.with_name(f".{destination.name}.{uuid4().hex}")
                shutil.copyfile(source, partial)
                if is_page:
                    partial.write_bytes(upload.body())
                partial.replace(destination)


class Bucket:
    """A bucket behind a CDN, which compresses by itself."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint or None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key.get_secret_value() or None,
            aws_secret_access_key=settings.s3_secret_key.get_secret_value() or None,
            config=storage.client_config(settings.s3_endpoint),
        )

    def immutable_keys(self) -> set[str]:
        return set(self._keys("assets/")) | set(self._keys("fonts/"))

    def put(self, upload: Upload) -> None:
        try:
            self._client.put_object(
                Bucket=self._name,
                Key=upload.key,
                Body=upload.body(),
                ContentType=upload.content_type,
                CacheControl=upload.cache_control,
            )
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"{upload.key} could not be published to {self._name}: {error}") from error

    def _keys(self, prefix: str) -> Iterator[str]:
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
                yield from (item["Key"] for item in page.get("Contents", []))
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"The bucket {self._name} cannot be listed: {error}") from error


def invalidate(distribution: str) -> str:
    """Have a CloudFront distribution forget what it has kept; the id of the request."""
    client = boto3.client("cloudfront", region_name="us-east-1")
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": f"plaza-{time.time_ns()}"}
    try:
        answer = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"The files are published, but CloudFront still shows the old pages: {error}") from error
    return str(answer["Invalidation"]["Id"])


def _upload(path: Path, folder: Path) -> Upload:
    key = path.relative_to(folder).as_posix()
    kind = CONTENT_TYPES.get(path.suffix)
    if not kind:
        raise StackError(
            f"Nobody has said what type {key} is; add {path.suffix or 'it'} to platform_app/stack/publish.py."
        )
    return Upload(key, path, kind, IMMUTABLE if _HASHED_NAME.match(key) else NO_CACHE)


def _upload_order(upload: Upload) -> tuple[int, str]:
    """What is kept for good first, pages last, and the first page after all others."""
    is_page = upload.content_type.startswith("text/html")
    rank = 0 if upload.is_immutable else 3 if upload.key == "index.html" else 2 if is_page else 1
    return rank, upload.key
