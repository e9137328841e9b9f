"""Publishing a frontend, to a real S3 server that checks signatures and to a folder."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest
from pydantic import SecretStr
from types_boto3_s3 import S3Client

from platform_app.infra.settings import ROOT, Settings
from platform_app.stack import publish
from platform_app.stack.errors import StackError
from platform_app.stack.publish import Bucket, Folder, Upload
from tests.infra.servers import Server

BUCKET = "frontend"
BUILD = {
    "assets/root-AAAAAAAA.js": "one()",
    "assets/root-AAAAAAAA.js.br": "compressed",
    "assets/manifest-4a9a73d1.js": "list()",
    "assets/styles-BBBBBBBB.css": "b{}",
    "fonts/inter.woff2": "letters",
    "favicon.svg": "<svg/>",
    "index.html": '<html><head lang="en"><script>ours()</script></head></html>',
    "index.html.gz": "compressed",
    "sign-in/index.html": "<html><head></head></html>",
}


@pytest.fixture(scope="module")
def server(s3_server: Server) -> Server:
    s3_client(s3_server).create_bucket(Bucket=BUCKET)
    return s3_server


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name, text in BUILD.items():
        path = tmp_path / "client" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "client"


def s3_client(server: Server) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )


def s3_settings(server: Server, **changes: str) -> Settings:
    keys = {"s3_access_key": server.access_key, "s3_secret_key": server.secret_key, **changes}
    return Settings(
        s3_endpoint=server.endpoint,
        **{name: SecretStr(value) for name, value in keys.items()},  # type: ignore[arg-type]
    )


class RecordingBucket(Bucket):
    """Records the order in which files are uploaded."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, settings)
        self.sent_keys: list[str] = []

    def put(self, upload: Upload) -> None:
        super().put(upload)
        self.sent_keys.append(upload.key)


def test_files_are_uploaded_before_pages_and_a_new_build_keeps_the_old_files(server: Server, build: Path) -> None:
    bucket = RecordingBucket(BUCKET, s3_settings(server))
    assert publish.publish(publish.list_uploads(build), bucket) == 7
    immutable_keys = [
        "assets/manifest-4a9a73d1.js",
        "assets/root-AAAAAAAA.js",
        "assets/styles-BBBBBBBB.css",
        "fonts/inter.woff2",
    ]
    assert bucket.sent_keys == [*immutable_keys, "favicon.svg", "sign-in/index.html", "index.html"]

    (build / "assets/root-AAAAAAAA.js").rename(build / "assets/root-CCCCCCCC.js")
    again = RecordingBucket(BUCKET, s3_settings(server))
    publish.publish(publish.list_uploads(build), again)
    assert again.sent_keys == ["assets/root-CCCCCCCC.js", "favicon.svg", "sign-in/index.html", "index.html"]
    keys = {item["Key"] for item in s3_client(server).list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert {"assets/root-AAAAAAAA.js", "assets/root-CCCCCCCC.js"} <= keys


@pytest.mark.parametrize(
    ("key", "kind", "cache_control"),
    [
        ("assets/root-AAAAAAAA.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/styles-BBBBBBBB.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("fonts/inter.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("favicon.svg", "image/svg+xml", "no-cache"),
        ("index.html", "text/html; charset=utf-8", "no-cache"),
    ],
)
def test_every_file_has_its_content_type_and_cache_control(
    server: Server, build: Path, key: str, kind: str, cache_control: str
) -> None:
    publish.publish(publish.list_uploads(build), Bucket(BUCKET, s3_settings(server)))
    found = s3_client(server).head_object(Bucket=BUCKET, Key=key)
    assert (found["ContentType"], found["CacheControl"]) == (kind, cache_control)


def test_a_published_page_has_its_policy(server: Server, build: Path) -> None:
    publish.publish(publish.list_uploads(build), Bucket(BUCKET, s3_settings(server)))
    page = s3_client(server).get_object(Bucket=BUCKET, Key="index.html")["Body"].read().decode()
    assert page.startswith('<html><head lang="en"><meta http-equiv="Content-Security-Policy" content="default-src')
    assert ("'sha256-" in page, "frame-ancestors" in page) == (True, False)


def test_a_wrong_key_is_refused_and_nothing_is_uploaded(server: Server, build: Path) -> None:
    with pytest.raises(StackError, match="cannot be listed"):
        publish.publish(publish.list_uploads(build), Bucket(BUCKET, s3_settings(server, s3_secret_key="wrong")))


def test_a_folder_gets_the_compressed_files_too(build: Path, tmp_path: Path) -> None:
    target = tmp_path / "served"
    assert publish.publish(publish.list_uploads(build), Folder(target)) == 7
    assert publish.publish(publish.list_uploads(build), Folder(target)) == 3
    assert (target / "assets/root-AAAAAAAA.js.br").read_text() == "compressed"
    assert not (target / "index.html.gz").exists()  # served as it is, the page would lack its policy
    assert list(target.rglob(".*")) == []


def test_an_unknown_file_type_and_a_missing_build_are_refused(build: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no compiled frontend"):
        publish.list_uploads(tmp_path / "nothing")
    (build / "what.exe").write_text("")
    with pytest.raises(StackError, match=r"what\.exe"):
        publish.list_uploads(build)


def test_cloudfront_is_invalidated_and_its_refusal_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[tuple[str, str, str]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            requests.append((self.path, self.headers["Authorization"].split()[0], body))
            is_known = "E1PLAZA" in self.path
            answer = b"<Invalidation><Id>I2</Id><Status>InProgress</Status></Invalidation>" if is_known else b""
            self.send_response(201 if is_known else 404)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as stub:
        Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", f"http://127.0.0.1:{stub.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        assert publish.invalidate("E1PLAZA") == "I2"
        with pytest.raises(StackError, match="still shows the old pages"):
            publish.invalidate("E2OTHER")
        stub.shutdown()
    path, signature, body = requests[0]
    assert (path, signature) == ("/2020-05-31/distribution/E1PLAZA/invalidation", "AWS4-HMAC-SHA256")
    assert "<Path>/*</Path>" in body


def test_the_build_contains_no_host_but_localhost(built: None) -> None:
    """`localhost` in the build stands for the host that serves the page: see state/core/build.py."""
    folder = ROOT / ".web" / "build" / "client"
    texts = [path.read_text() for path in folder.rglob("*") if path.suffix in (".js", ".html", ".css")]
    hosts = {host for text in texts for host in re.findall(r"(?:https?|wss?)://([\w.-]+(?::\d+)?)", text)}
    explained = {
        "www.w3.org",
        "github.com",
        "socket.io",
        "reactrouter.com",
        "tailwindcss.com",
        "react.dev",
        "reflex.dev",
    }
    assert hosts - explained <= {"localhost", "localhost:8000"}
