"""Upload the compiled frontend to where a CDN or nginx serves it: a bucket, or a folder.

Nothing is ever deleted: browsers with a page of the former build still request that build's files.
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
    """One file of the build, with its headers."""

    key: str
    path: Path
    content_type: str
    cache_control: str

    @property
    def is_immutable(self) -> bool:
        """Whether its name contains a hash of its content, so that it never changes."""
        return self.cache_control == IMMUTABLE

    def body(self) -> bytes:
        """The bytes to send; a page contains its CSP, since no api process adds the header."""
        if not self.content_type.startswith("text/html"):
            return self.path.read_bytes()
        text = self.path.read_text()
        allowed = csp.page_policy(text).replace("; frame-ancestors 'none'", "")  # allowed in headers only
        meta = f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
        return _HEAD.sub(lambda head: head.group() + meta, text, count=1).encode()


class Target(Protocol):
    """Where a frontend is published."""

    def immutable_keys(self) -> set[str]:
        """The keys of the existing files that never change."""

    def put(self, upload: Upload) -> None:
        """Write one file atomically: readers get the old one or the new one."""


def list_uploads(folder: Path) -> list[Upload]:
    """Every file of a build, in an order in which no page comes before its files."""
    if not (folder / "index.html").exists():
        raise StackError(f"There is no compiled frontend in {folder}; compile it with ./plaza build.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in PRECOMPRESSED]
    return sorted((_upload(path, folder) for path in files), key=_upload_order)


def publish(uploads: list[Upload], target: Target) -> int:
    """Write the files that the target lacks; return their number."""
    existing = target.immutable_keys()
    missing = [upload for upload in uploads if not (upload.is_immutable and upload.key in existing)]
    for upload in missing:
        target.put(upload)
    return len(missing)


class Folder:
    """A folder that nginx serves, with compressed files beside the others."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def immutable_keys(self) -> set[str]:
        return {path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file()}

    def put(self, upload: Upload) -> None:
        is_page = upload.content_type.startswith("text/html")
        # Pages were compressed before their CSP was added.
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
    """Invalidate the pages in a CloudFront distribution; return the id of the request."""
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
            f"The content type of {key} is unknown; add {path.suffix or 'it'} to platform_app/stack/publish.py."
        )
    return Upload(key, path, kind, IMMUTABLE if _HASHED_NAME.match(key) else NO_CACHE)


def _upload_order(upload: Upload) -> tuple[int, str]:
    """Immutable files first, pages last, and the home page after all others."""
    is_page = upload.content_type.startswith("text/html")
    rank = 0 if upload.is_immutable else 3 if upload.key == "index.html" else 2 if is_page else 1
    return rank, upload.key
