"""The storage port, on the local disk and in a real S3 server."""

import io
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import boto3
import pytest
from pydantic import SecretStr
from types_boto3_s3 import S3Client

from platform_app.infra.settings import Settings
from platform_app.infra.storage import (
    InvalidKey,
    LocalStorage,
    ObjectMissing,
    S3Storage,
    Storage,
    StorageUnavailable,
    StoredObject,
    from_settings,
)
from platform_app.stack import processes
from tests.infra.servers import Server, cut_after

MINUTE = timedelta(minutes=1)
BUCKET = "pictures"
LARGE = 12 * 1024 * 1024 + 7  # more than one part of a multipart upload


@pytest.fixture(scope="session")
def bucket(s3_server: Server) -> S3Storage:
    raw_client(s3_server).create_bucket(Bucket=BUCKET)
    return s3_storage(s3_server)


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path, secret="a secret of these tests", upload_url="http://127.0.0.1:8000/media/uploads")


@pytest.fixture(params=["local disk", "s3"])
def storage(request: pytest.FixtureRequest, local: LocalStorage) -> Iterator[Storage]:
    if request.param == "local disk":
        yield local
        return
    store: S3Storage = request.getfixturevalue("bucket")
    yield store
    for stored in store.list(""):
        store.delete(stored.key)


def s3_storage(server: Server, *, endpoint: str | None = None, secret_key: str | None = None) -> S3Storage:
    return S3Storage(
        bucket=BUCKET,
        endpoint=endpoint or server.endpoint,
        region=server.region,
        access_key=server.access_key,
        secret_key=secret_key or server.secret_key,
    )


def raw_client(server: Server) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )


def put(storage: Storage, key: str, body: bytes = b"picture") -> None:
    storage.put(key, body, content_type="image/png")


def content(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [stored.key for stored in storage.list(prefix)]


@pytest.mark.parametrize("body", [b"", b"\x00\xff picture", b"x" * 100_000], ids=["empty", "binary", "100 kB"])
def test_a_stored_object_is_read_back(storage: Storage, body: bytes) -> None:
    put(storage, "media/one.png", body)
    assert content(storage, "media/one.png") == body
    assert storage.size("media/one.png") == len(body)
    assert storage.exists("media/one.png") is True


def test_a_large_stream_is_stored_in_parts_and_read_forward(storage: Storage) -> None:
    body = bytes(range(256)) * (LARGE // 256) + b"the end"
    storage.put("media/large.bin", io.BytesIO(body), content_type="application/octet-stream")
    assert storage.size("media/large.bin") == len(body)
    with storage.open("media/large.bin") as file:
        assert file.read(3) == b"\x00\x01\x02"
        assert file.read() == body[3:]
        assert file.read() == b""


def test_putting_a_stream_stores_the_rest_of_it_and_leaves_it_open(storage: Storage) -> None:
    stream = io.BytesIO(b"header and picture")
    stream.seek(len(b"header and "))
    storage.put("media/rest.png", stream, content_type="image/png")
    assert stream.closed is False
    assert content(storage, "media/rest.png") == b"picture"


def test_a_stream_from_one_key_can_be_put_under_another(storage: Storage) -> None:
    put(storage, "media/one.png")
    with storage.open("media/one.png") as file:
        storage.put("media/two.png", file, content_type="image/png")
    assert content(storage, "media/two.png") == b"picture"


def test_an_opened_object_is_read_by_lines(storage: Storage) -> None:
    put(storage, "imports/table.csv", b"sku,price\nred,10\n")
    with storage.open("imports/table.csv") as file:
        assert list(file) == [b"sku,price\n", b"red,10\n"]


def test_putting_again_replaces_the_object(storage: Storage) -> None:
    put(storage, "media/one.png", b"the first and longer one")
    put(storage, "media/one.png", b"second")
    assert content(storage, "media/one.png") == b"second"
    assert keys(storage) == ["media/one.png"]


def test_a_reader_sees_the_old_object_until_the_new_one_is_complete(storage: Storage) -> None:
    put(storage, "media/one.png", b"old")
    body = HeldBack([b"first half, ", b"second half"])
    writer = Thread(target=storage.put, args=("media/one.png", body), kwargs={"content_type": "image/png"})
    writer.start()
    assert body.half_read.wait(60)
    during, listed = content(storage, "media/one.png"), keys(storage)
    body.may_finish.set()
    writer.join(60)
    assert (during, listed) == (b"old", ["media/one.png"])
    assert content(storage, "media/one.png") == b"first half, second half"


def test_an_open_reader_finishes_the_object_that_it_opened(storage: Storage) -> None:
    old = b"old " * 1_000_000
    put(storage, "media/one.png", old)
    with storage.open("media/one.png") as file:
        start = file.read(4)
        put(storage, "media/one.png", b"new")
        assert start + file.read() == old
    assert content(storage, "media/one.png") == b"new"


def test_a_broken_stream_leaves_the_old_object_and_no_part(storage: Storage, tmp_path: Path) -> None:
    put(storage, "media/one.png", b"old")
    with pytest.raises(ConnectionResetError):
        storage.put("media/one.png", Broken(), content_type="image/png")
    assert content(storage, "media/one.png") == b"old"
    assert keys(storage) == ["media/one.png"]
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "one.png"] == []


@pytest.mark.parametrize("key", ["media/none.png", "media", "media/one.png/deeper"])
def test_a_missing_object_is_reported_as_missing(storage: Storage, key: str) -> None:
    put(storage, "media/one.png")
    assert storage.exists(key) is False
    for call in (storage.open, storage.size, lambda key: storage.copy(key, "b"), lambda key: storage.move(key, "b")):
        with pytest.raises(ObjectMissing, match=f"^{key}$"):
            call(key)
    assert keys(storage) == ["media/one.png"]


def test_deleting_twice_changes_nothing(storage: Storage) -> None:
    put(storage, "media/one.png")
    put(storage, "media/two.png")
    storage.delete("media/one.png")
    storage.delete("media/one.png")
    assert storage.exists("media/one.png") is False
    assert keys(storage) == ["media/two.png"]


def test_a_prefix_lists_keys_sizes_and_times(storage: Storage) -> None:
    put(storage, "media/a/1.png", b"12345")
    put(storage, "other/1.png")
    (found,) = storage.list("media/")
    assert found == StoredObject("media/a/1.png", 5, found.modified)
    assert found.modified.tzinfo is UTC
    assert abs(datetime.now(UTC) - found.modified) < MINUTE


def test_a_list_is_in_byte_order_and_a_prefix_need_not_end_at_a_slash(storage: Storage) -> None:
    names = ["a", "a.png", "a/x", "a/é", "aB", "ab/c", "a0", "b/z", "ü", "日本", "😀"]
    for name in names:
        put(storage, f"list/{name}.png")
    assert keys(storage, "list/") == sorted((f"list/{name}.png" for name in names), key=str.encode)
    assert keys(storage, "list/a") == [key for key in keys(storage) if key.startswith("list/a")]
    assert keys(storage, "list/a/x") == ["list/a/x.png"]
    assert keys(storage, "nothing/here") == []


def test_a_list_has_more_than_one_page(storage: Storage) -> None:
    expected = [f"many/{number:04}" for number in range(12)]
    for key in expected:
        put(storage, key, b"")
    assert keys(storage, "many/") == expected


def test_a_copy_is_independent_of_its_original(storage: Storage) -> None:
    put(storage, "media/one.png", b"one")
    put(storage, "media/two.png", b"two, which is replaced")
    storage.copy("media/one.png", "media/two.png")
    storage.delete("media/one.png")
    assert content(storage, "media/two.png") == b"one"


def test_a_large_object_can_be_copied_and_moved(storage: Storage) -> None:
    body = b"0123456789abcdef" * (LARGE // 16)
    put(storage, "media/large.bin", body)
    storage.copy("media/large.bin", "media/copy.bin")
    storage.move("media/large.bin", "media/moved.bin")
    assert keys(storage) == ["media/copy.bin", "media/moved.bin"]
    assert content(storage, "media/copy.bin") == content(storage, "media/moved.bin") == body


def test_moving_removes_the_source_and_replaces_the_target(storage: Storage) -> None:
    put(storage, "incoming/one.png", b"one")
    put(storage, "media/one.png", b"two")
    storage.move("incoming/one.png", "media/one.png")
    assert keys(storage) == ["media/one.png"]
    assert content(storage, "media/one.png") == b"one"


def test_copying_or_moving_an_object_onto_itself_keeps_it(storage: Storage) -> None:
    put(storage, "media/one.png")
    storage.copy("media/one.png", "media/one.png")
    storage.move("media/one.png", "media/one.png")
    assert content(storage, "media/one.png") == b"picture"


@pytest.mark.parametrize("key", ["é/ü ñ.png", "日本/😀.png", "a+b&c=d?e#f%20.png", "a" * 255 + "/" + "b" * 255 + "/"])
def test_unusual_keys_are_read_back_unchanged(storage: Storage, key: str) -> None:
    key = key.rstrip("/")
    put(storage, key)
    storage.copy(key, key + "2" if len(key) < 255 else "copy")
    assert content(storage, key) == b"picture"
    assert key in keys(storage)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../up", "a/../b", "a/..", ".", "a//b", "a/", "a\\b", "a\0b", "a\nb", "\ud800", "a" * 256,
     "ab/" * 170 + "abc", "é" * 200],
)  # fmt: skip
def test_a_key_that_escapes_the_root_or_is_too_long_is_refused(storage: Storage, key: str, tmp_path: Path) -> None:
    put(storage, "good")
    calls = (
        lambda: put(storage, key), lambda: storage.open(key), lambda: storage.exists(key), lambda: storage.size(key),
        lambda: storage.delete(key), lambda: storage.copy(key, "b"), lambda: storage.copy("good", key),
        lambda: storage.move(key, "b"), lambda: storage.move("good", key),
        lambda: storage.presign_post(key, content_type="image/png", max_bytes=9, expires=MINUTE),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(InvalidKey, match=r"^A storage key "):
            call()
    assert keys(storage) == ["good"]


@pytest.mark.parametrize("prefix", ["/etc", "../", "a/../", "a\\", "a\0"])
def test_a_prefix_that_escapes_the_root_is_refused_at_once(storage: Storage, prefix: str) -> None:
    with pytest.raises(InvalidKey, match=r"^A storage key "):
        storage.list(prefix)


@pytest.mark.parametrize("key", ["media", "media/one.png/deeper", "media/one.png/and/deeper"])
def test_on_disk_a_key_above_or_below_another_is_refused(local: LocalStorage, key: str) -> None:
    put(local, "media/one.png", b"one")
    put(local, "two.png", b"two")
    for call in (lambda: put(local, key), lambda: local.copy("two.png", key), lambda: local.move("two.png", key)):
        with pytest.raises(InvalidKey, match="cannot be a folder of another one"):
            call()
    assert keys(local) == ["media/one.png", "two.png"]


def test_a_full_disk_is_reported_and_leaves_no_part(local: LocalStorage, tmp_path: Path) -> None:
    put(local, "media/one.png", b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024 * 1024, limits[1]))
    try:
        with pytest.raises(StorageUnavailable, match=r"^This file is larger than this machine allows: raise .*ulimit"):
            put(local, "media/one.png", b"x" * LARGE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert content(local, "media/one.png") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["one.png"]


def test_an_unreachable_s3_server_is_unavailable(s3_server: Server) -> None:
    store = s3_storage(s3_server, endpoint=f"http://127.0.0.1:{processes.free_port()}")
    with pytest.raises(
        StorageUnavailable, match=r"^The object store does not answer \(EndpointConnectionError\): check"
    ):
        put(store, "media/one.png")


def test_a_wrong_secret_is_refused_and_changes_nothing(bucket: S3Storage, s3_server: Server) -> None:
    stranger = s3_storage(s3_server, secret_key="guessed")
    with pytest.raises(StorageUnavailable, match=r"^The object store refused \(SignatureDoesNotMatch\): check"):
        put(stranger, "media/one.png")
    assert bucket.exists("media/one.png") is False


def test_a_copied_s3_object_keeps_its_content_type(bucket: S3Storage, s3_server: Server) -> None:
    put(bucket, "media/one.png", b"x" * LARGE)
    bucket.move("media/one.png", "media/two.png")
    stored = raw_client(s3_server).head_object(Bucket=BUCKET, Key="media/two.png")
    assert stored["ContentType"] == "image/png"
    bucket.delete("media/two.png")


def test_a_connection_that_breaks_while_reading_is_unavailable(bucket: S3Storage, s3_server: Server) -> None:
    put(bucket, "media/large.bin", b"x" * LARGE)
    with cut_after(s3_server, LARGE // 2) as broken, s3_storage(broken).open("media/large.bin") as file:
        assert file.read(1024) == b"x" * 1024
        with pytest.raises(StorageUnavailable, match=r"^The object store does not answer \(.*Error\): check"):
            file.read()
    bucket.delete("media/large.bin")


def test_without_a_bucket_files_are_below_the_data_directory_and_forms_survive_a_restart(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, public_url="https://plaza.example/")
    first, second = from_settings(settings), from_settings(settings)
    assert isinstance(first, LocalStorage)
    assert isinstance(second, LocalStorage)
    form = first.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    assert form.url == "https://plaza.example/media/uploads"
    assert second.check_upload(form.fields).key == "media/one.png"
    put(first, "media/one.png")
    assert content(second, "media/one.png") == b"picture"
    assert (tmp_path / "run" / "upload.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["upload.key"]


def test_with_a_bucket_files_are_stored_there(bucket: S3Storage, s3_server: Server) -> None:
    store = from_settings(
        Settings(
            s3_bucket=BUCKET,
            s3_endpoint=s3_server.endpoint,
            s3_region=s3_server.region,
            s3_access_key=SecretStr(s3_server.access_key),
            s3_secret_key=SecretStr(s3_server.secret_key),
        )
    )
    put(store, "media/one.png")
    assert content(bucket, "media/one.png") == b"picture"
    bucket.delete("media/one.png")


class HeldBack(io.RawIOBase):
    """A stream that waits between its two chunks."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self.half_read, self.may_finish = Event(), Event()

    def read(self, size: int = -1) -> bytes:
        if len(self._chunks) == 1:
            self.half_read.set()
            self.may_finish.wait(60)
        return self._chunks.pop(0) if self._chunks else b""


class Broken(io.RawIOBase):
    """A stream that fails in the middle of the second part."""

    def __init__(self) -> None:
        self._left = LARGE

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            raise ConnectionResetError
        self._left -= size
        return b"x" * size
