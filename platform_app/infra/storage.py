"""File storage: on the local disk by default, or in an S3 bucket."""

import errno
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast
from uuid import uuid4

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody
from typing_extensions import Buffer

from platform_app.infra import presigned_post
from platform_app.infra.errors import Outage
from platform_app.infra.settings import Settings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CHUNK = 1024 * 1024
MAX_KEY_BYTES = 512
MAX_NAME_BYTES = 255  # per path segment, the limit of file systems
UPLOAD_PATH = "/media/uploads"
ADVICE = {
    errno.ENOSPC: "The disk that holds the files is full: free some space, or move PLAZA_DATA to a larger disk.",
    errno.EDQUOT: "The disk quota for the files is used up: raise it, or move PLAZA_DATA elsewhere.",
    errno.EFBIG: "This file is larger than this machine allows: raise the file size limit (ulimit -f).",
    errno.EROFS: "The disk that holds the files is read-only: mount it writable, or move PLAZA_DATA elsewhere.",
    errno.EACCES: "The folder that holds the files is not writable: give this user write access to PLAZA_DATA.",
}
MISSING_CODES = {"404", "NoSuchKey", "NotFound"}
SINGLE_THREADED = TransferConfig(use_threads=False)


class StorageUnavailable(Outage):
    """The store is unavailable; the message says what to do."""


class ObjectMissing(Exception):
    """No object has this key."""


class InvalidKey(ValueError):
    """The string cannot be a key."""


@dataclass(frozen=True)
class StoredObject:
    """An entry of `list`; `modified` is in UTC."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class PresignedPost:
    """A form for a browser to post: all `fields` as given, then the file as `file`."""

    url: str
    fields: dict[str, str]


class Storage(Protocol):
    """Objects by key. A key may not be a folder of another one (`a` and `a/b`)."""

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str) -> None:
        """Store the rest of `body` atomically: readers see either the old object or the new one."""

    def open(self, key: str) -> BinaryIO:
        """Open an object for sequential reading, without loading it completely; ObjectMissing."""

    def exists(self, key: str) -> bool:
        """Whether an object has this key."""

    def size(self, key: str) -> int:
        """The object's size in bytes; ObjectMissing."""

    def delete(self, key: str) -> None:
        """Delete the object; deleting twice changes nothing."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose keys start with `prefix`, in byte order of the keys."""

    def copy(self, source: str, target: str) -> None:
        """Copy an object of up to 5 GB, replacing the target."""

    def move(self, source: str, target: str) -> None:
        """Move an object of up to 5 GB, replacing the target."""

    def presign_post(self, key: str, *, content_type: str, max_bytes: int, expires: timedelta) -> PresignedPost:
        """A form that allows posting one file of 1 to `max_bytes` bytes with this type and key until it expires."""


def from_settings(settings: Settings) -> Storage:
    """The S3 bucket from the settings, or the local disk."""
    if settings.s3_bucket:
        return S3Storage(
            bucket=settings.s3_bucket,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key=settings.s3_access_key.get_secret_value(),
            secret_key=settings.s3_secret_key.get_secret_value(),
        )
    return LocalStorage(
        settings.data / "objects",
        secret=presigned_post.load_or_create_secret(settings.data / "run" / "upload.key"),
        upload_url=settings.public_url.rstrip("/") + UPLOAD_PATH,
    )


def client_config(endpoint: str) -> Config:
    """A client with short timeouts and few retries; for other vendors' endpoints, path-style and no extra checksums."""
    checksums: Literal["when_required", "when_supported"] = "when_required" if endpoint else "when_supported"
    return Config(
        signature_version="s3v4",
        connect_timeout=3,
        read_timeout=20,
        retries={"mode": "standard", "max_attempts": 3},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        s3={"addressing_style": "path" if endpoint else "virtual"},
    )


def check_key(key: str) -> None:
    """Raise InvalidKey for keys that leave the folder or that a listing cannot represent."""
    if not key.isprintable() or "\\" in key:
        raise InvalidKey(f"A storage key has only printable characters and no backslash: {key!r}")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidKey(f"A storage key has at most {MAX_KEY_BYTES} bytes: {key[:40]!r}…")
    for name in key.split("/"):
        if name in ("", ".", "..") or len(name.encode()) > MAX_NAME_BYTES:
            raise InvalidKey(f"A storage key is made of names between slashes, none of them '.' or '..': {key!r}")


class LocalStorage:
    """Files in one folder. Content types are not stored: the server of a file knows its type."""

    def __init__(self, root: Path, *, secret: str, upload_url: str) -> None:
        self._objects = root / "stored"
        self._partial = root / "partial"  # on the same disk, for atomic renames
        self._secret = secret
        self._upload_url = upload_url

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str) -> None:  # noqa: ARG002 - see above
        self._write(key, io.BytesIO(body) if isinstance(body, bytes) else body)

    def open(self, key: str) -> BinaryIO:
        with _translate_read_errors(key):
            return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        with _translate_read_errors(key):
            return self._path(key).is_file()

    def size(self, key: str) -> int:
        with self.open(key) as file:
            return os.fstat(file.fileno()).st_size

    def delete(self, key: str) -> None:
        if self.exists(key):
            with _translate_write_errors(key):
                self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        check_key(prefix + "x")
        return self._walk(prefix.rpartition("/")[0], prefix)

    def copy(self, source: str, target: str) -> None:
        with self.open(source) as file:
            self._write(target, file)

    def move(self, source: str, target: str) -> None:
        path = self._path(target)
        if not self.exists(source):
            raise ObjectMissing(source)
        with _translate_read_errors(source), _translate_write_errors(target):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._path(source).replace(path)

    def presign_post(self, key: str, *, content_type: str, max_bytes: int, expires: timedelta) -> PresignedPost:
        check_key(key)
        signed = presigned_post.sign(
            self._secret, key=key, content_type=content_type, max_bytes=max_bytes, expires=expires
        )
        return PresignedPost(self._upload_url, signed)

    def check_upload(self, fields: Mapping[str, str]) -> presigned_post.UploadPolicy:
        """The policy of a posted form; UploadRefused if it was changed or has expired."""
        return presigned_post.verify(self._secret, fields)

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._objects / key

    def _write(self, key: str, body: BinaryIO) -> None:
        path, partial = self._path(key), self._partial / uuid4().hex
        with _translate_write_errors(key):
            self._partial.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("xb") as file:
                    shutil.copyfileobj(body, file, CHUNK)
                    file.flush()
                    os.fsync(file.fileno())  # so that a crash cannot leave an empty file under the final name
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)

    def _walk(self, folder: str, prefix: str) -> Iterator[StoredObject]:
        path = self._objects / folder
        try:
            # Folders sort with their slash, like the keys in them.
            entries = sorted(os.scandir(path), key=lambda entry: entry.name + "/" * entry.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            key = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir() and f"{key}/".startswith(prefix):
                yield from self._walk(key, prefix)
            elif entry.is_file() and key.startswith(prefix):
                stat = entry.stat()
                yield StoredObject(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


class S3Storage:
    """A bucket of S3 or a compatible store; without keys, uses the AWS defaults."""

    def __init__(self, *, bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._bucket = bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=region,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            config=client_config(endpoint),
        )

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str) -> None:
        check_key(key)
        stream = cast(BinaryIO, _NonSeekableReader(io.BytesIO(body) if isinstance(body, bytes) else body))
        with _translate_s3_errors(key):
            self._client.upload_fileobj(
                stream, self._bucket, key, ExtraArgs={"ContentType": content_type}, Config=SINGLE_THREADED
            )

    def open(self, key: str) -> BinaryIO:
        check_key(key)
        with _translate_s3_errors(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        return io.BufferedReader(_Body(body, key), CHUNK)

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def size(self, key: str) -> int:
        check_key(key)
        with _translate_s3_errors(key):
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def delete(self, key: str) -> None:
        check_key(key)
        with _translate_s3_errors(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        check_key(prefix + "x")
        return self._list_objects(prefix)

    def copy(self, source: str, target: str) -> None:
        check_key(source)
        check_key(target)
        if source == target:  # S3 refuses to copy an object onto itself
            self.size(source)
            return
        with _translate_s3_errors(source):
            self._client.copy_object(
                Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": source}
            )

    def move(self, source: str, target: str) -> None:
        self.copy(source, target)
        if source != target:
            self.delete(source)

    def presign_post(self, key: str, *, content_type: str, max_bytes: int, expires: timedelta) -> PresignedPost:
        check_key(key)
        with _translate_s3_errors(key):
            form = self._client.generate_presigned_post(
                self._bucket,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
                ExpiresIn=int(expires.total_seconds()),
            )
        return PresignedPost(form["url"], form["fields"])

    def _list_objects(self, prefix: str) -> Iterator[StoredObject]:
        with _translate_s3_errors(prefix):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    yield StoredObject(item["Key"], item["Size"], item["LastModified"].astimezone(UTC))


class _Body(io.RawIOBase):
    """An S3 response as a raw file whose errors are translated."""

    def __init__(self, body: StreamingBody, key: str) -> None:
        self._body, self._key = body, key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        with _translate_s3_errors(self._key):
            chunk = self._body.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


class _NonSeekableReader:
    """A stream with only `read`: boto3 closes seekable files, but this one belongs to the caller."""

    def __init__(self, body: BinaryIO) -> None:
        self.read = body.read


@contextmanager
def _translate_read_errors(key: str) -> Iterator[None]:
    with translate_disk_errors():
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ObjectMissing(key) from error


@contextmanager
def _translate_write_errors(key: str) -> Iterator[None]:
    with translate_disk_errors():
        try:
            yield
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise InvalidKey(f"A storage key cannot be a folder of another one: {key!r}") from error


@contextmanager
def translate_disk_errors() -> Iterator[None]:
    """Translate disk problems that a person can fix to StorageUnavailable; other errors pass through."""
    try:
        yield
    except OSError as error:
        if error.errno not in ADVICE:
            raise
        raise StorageUnavailable(ADVICE[error.errno]) from error


@contextmanager
def _translate_s3_errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING_CODES:
            raise ObjectMissing(key) from error
        sentence = f"The object store refused ({code}): check PLAZA_S3_BUCKET, PLAZA_S3_REGION and the PLAZA_S3_* keys."
        raise StorageUnavailable(sentence) from error
    except BotoCoreError as error:
        sentence = (
            f"The object store does not answer ({type(error).__name__}): check PLAZA_S3_ENDPOINT and the network."
        )
        raise StorageUnavailable(sentence) from error
