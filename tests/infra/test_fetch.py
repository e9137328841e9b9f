"""Fetching a URL from a stranger never reaches a private network."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from platform_app.infra import fetch
from platform_app.infra.settings import settings


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    dripped = 0  # the bytes sent, one after the other

    def do_GET(self) -> None:
        """Send the answer of this path."""
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/big")
            self.end_headers()
        elif self.path == "/nowhere":
            self.send_response(302)
            self.send_header("Location", "http://[")
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            self.drip()
        elif self.path == "/slow-headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self.drip()
        elif self.path.startswith("/echo/"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.encode())
        elif self.path == "/big":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5000)
        else:
            self.send_error(int(self.path[1:]))

    def drip(self) -> None:
        """Send a byte now and then, until the client hangs up or twenty seconds pass."""
        try:
            for Handler.dripped in range(400):
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Log nothing."""


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
    """Allow private addresses, as on a developer's machine."""
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
        "http://[::127.0.0.1]/x",
        "http://[64:ff9b::127.0.0.1]/x",
        "http://[64:ff9b::a9fe:a9fe]/x",
        "http://[64:ff9b:1::a00:1]/x",
        "http://[2002:7f00:1::]/x",
        "http://[2002:a00:1::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://224.0.0.251/x",
        "http://[::ffff:224.0.0.251]/x",
        "http://[ff0e::fb]/x",
        "http://[fec0::1]/x",
        "http://192.0.0.192/opc/v2/instance",
        "http://168.63.129.16/machine",
        "http://100.100.100.200/latest/meta-data",
        "http://[fd00:ec2::254]/latest/meta-data",
        "http://[3fff::1]/x",
        "http://[2606:4700::5efe:a9fe:a9fe]/x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "http://example.org:22/x",
        "http://user:secret@example.org/x",
        "http://",
        "http://[",
        "http://" + "a" * 300 + ".example",
    ],
)
def test_a_url_of_a_private_network_is_refused_permanently(url: str) -> None:
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
        ("/nowhere", "is not a valid web address", True),
        ("/big", "is larger than", True),
        ("/404", "the server answered 404", True),
        ("/500", "the server answered 500", False),
    ],
)
def test_a_failed_fetch_names_its_reason(server: str, path: str, reason: str, final: bool) -> None:
    with pytest.raises(fetch.FetchFailed, match=reason) as failed:
        fetch.get(server + path, max_bytes=4999)
    assert failed.value.final is final


@pytest.mark.usefixtures("private")
def test_an_unreachable_server_is_a_temporary_failure() -> None:
    with pytest.raises(fetch.FetchFailed, match="cannot be reached") as failed:
        fetch.get("http://127.0.0.1:1/x", max_bytes=10)
    assert not failed.value.final


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/echo/über.jpg", "/echo/%C3%BCber.jpg"),
        ("/echo/%C3%BCber.jpg?v=a%20b", "/echo/%C3%BCber.jpg?v=a%20b"),
        ("/echo/a b.jpg?q=ü&w[]=1#ü", "/echo/a%20b.jpg?q=%C3%BC&w[]=1"),
        ("/echo/100%wool.jpg", "/echo/100%25wool.jpg"),
        ("/echo/a+b,c(1)@2x~.jpg;v=1", "/echo/a+b,c(1)@2x~.jpg;v=1"),
    ],
)
def test_a_url_is_encoded_as_a_browser_would(server: str, path: str, sent: str) -> None:
    assert fetch.get(server + path, max_bytes=100) == sent.encode()


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://bücher.example/ü.jpg", "https://xn--bcher-kva.example/%C3%BC.jpg"),
        ("https://EXAMPLE.org:443/a", "https://example.org:443/a"),
        ("http://[2606:4700::1]:80/a", "http://[2606:4700::1]:80/a"),
    ],
)
def test_a_host_is_sent_in_ascii(url: str, plain: str) -> None:
    assert fetch._normalize_url(url) == plain


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("path", ["/slow", "/slow-headers"])
def test_a_slow_response_is_abandoned_in_time(server: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TOTAL_TIMEOUT", 0.3)
    with pytest.raises(fetch.FetchFailed, match=r"took longer than 0\.3 s") as failed:
        fetch.get(server + path, max_bytes=1000)
    assert not failed.value.final
    assert Handler.dripped < 399


def test_a_whole_fetch_may_take_half_a_minute() -> None:
    assert fetch.TOTAL_TIMEOUT == 30
