"""Fetching what strangers name never leads into our own network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from platform_app.infra import fetch
from platform_app.infra.settings import settings


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        """One answer."""
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/big")
            self.end_headers()
        elif self.path == "/big":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5000)
        else:
            self.send_error(int(self.path[1:]))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A web server on loopback, which is no public address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Private addresses are allowed, as on a developer's machine."""
    monkeypatch.setenv("PLAZA_FETCH_PRIVATE_ADDRESSES", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://0.0.0.0/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "http://192.168.1.1/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://2130706433/x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "http://example.org:22/x",
        "http://user:secret@example.org/x",
        "http://",
        "http://[",
        "http://" + "a" * 300 + ".example",
    ],
)
def test_what_leads_into_a_private_network_is_refused_for_good(url: str) -> None:
    with pytest.raises(fetch.FetchFailed) as failed:
        fetch.get(url, max_bytes=100)
    assert failed.value.final


@pytest.mark.usefixtures("private")
def test_a_body_is_fetched_over_a_redirect(server: str) -> None:
    assert fetch.get(f"{server}/moved", max_bytes=5000) == b"x" * 5000


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("path", "reason", "final"),
    [
        ("/loop", "redirects too often", True),
        ("/big", "is larger than", True),
        ("/404", "the server answered 404", True),
        ("/500", "the server answered 500", False),
    ],
)
def test_what_cannot_be_had_is_named(server: str, path: str, reason: str, final: bool) -> None:
    with pytest.raises(fetch.FetchFailed, match=reason) as failed:
        fetch.get(server + path, max_bytes=4999)
    assert failed.value.final is final


@pytest.mark.usefixtures("private")
def test_a_server_that_is_away_is_asked_again_later() -> None:
    with pytest.raises(fetch.FetchFailed, match="cannot be reached") as failed:
        fetch.get("http://127.0.0.1:1/x", max_bytes=10)
    assert not failed.value.final
