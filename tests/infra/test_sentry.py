"""What is sent to the error tracker, received by a server that parses envelopes as Sentry does."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from platform_app.infra import sentry
from platform_app.infra.settings import ROOT

FAILING = """
from fastapi.testclient import TestClient
from platform_app.infra import sentry
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware

sentry.init(settings(), tier="api")
app = rest.build()

@app.post("/breaks")
async def breaks():
    password = "a-local-secret"
    raise RuntimeError("no room for kim@example.org at postgresql://plaza:hunter22@db/plaza, token=abc and 0123456789abcdef0123456789")

with TestClient(RequestMiddleware(app), raise_server_exceptions=False) as client:
    answer = client.post("/breaks?q=a-secret-question", json={"card": "4111-in-a-body"},
                         headers={"Cookie": "plaza_session=a-cookie", "Authorization": "Bearer a-bearer"})
print(answer.json()["detail"].split()[-1].rstrip("."))
sentry.flush()
"""


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A DSN, and the type and text of every envelope item that arrives there."""
    items: list[tuple[str, str]] = []

    class Receiving(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            _, *rest = body.decode().splitlines()
            items.extend((json.loads(head)["type"], text) for head, text in zip(rest[::2], rest[1::2], strict=True))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiving) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", items
        server.shutdown()


def test_an_error_is_reported_with_its_incident_and_without_personal_data(tmp_path: Path) -> None:
    with receiver() as (dsn, items):
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PLAZA_SENTRY_DSN": dsn,
            "PLAZA_RELEASE": "of-these-tests",
            "PLAZA_DATA": str(tmp_path),
        }
        ran = subprocess.run(
            [sys.executable, "-c", FAILING], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
    events = [json.loads(text) for kind, text in items if kind == "event"]
    assert len(events) == 1
    incident = ran.stdout.split()[-1]
    assert (events[0]["tags"], events[0]["release"]) == ({"tier": "api", "incident": incident}, "of-these-tests")
    reported = events[0]["exception"]["values"][-1]
    assert (reported["type"], reported["stacktrace"]["frames"][-1]["function"]) == ("RuntimeError", "breaks")
    assert reported["value"] == "no room for [hidden] at postgresql://[hidden]db/plaza, token=[hidden] and [hidden]"
    all_text = "".join(text for _, text in items)
    for secret in (
        "kim@",
        "hunter22",
        "a-local-secret",
        "a-secret-question",
        "4111",
        "a-cookie",
        "a-bearer",
        "breaks?",
    ):
        assert secret not in all_text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Key (email)=(a.b+c@example.co.uk) already exists", "Key (email)=([hidden]) already exists"),
        ("redis://:p4ss@127.0.0.1:6379/0 is away", "redis://[hidden]127.0.0.1:6379/0 is away"),
        ("list index out of range", "list index out of range"),
        ("relation order_line does not exist", "relation order_line does not exist"),
    ],
)
def test_text_that_looks_like_a_secret_is_redacted(text: str, redacted: str) -> None:
    event = sentry.scrub({"exception": {"values": [{"type": "E", "value": text}]}, "request": {"x": "y"}}, {})
    assert event == {"exception": {"values": [{"type": "E", "value": redacted}]}}
