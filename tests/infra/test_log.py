"""Logs are JSON, carry the request's id, and never a visitor's token."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from platform_app.infra import log


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The logging of the test run itself comes back."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    yield
    root.handlers[:], level = kept
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_its_tier_and_request(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("api")
    with structlog.contextvars.bound_contextvars(**{"http.request.id": "abc"}):
        structlog.get_logger("x").warning("hello", seconds=2)
        logging.getLogger("a.library").warning("from elsewhere")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [
        (line["message"], line["log.level"], line["service"]["name"], line["http"]["request"]["id"]) for line in lines
    ] == [
        ("hello", "warning", "plaza-api", "abc"),
        ("from elsewhere", "warning", "plaza-api", "abc"),
    ]


def test_the_address_of_a_websocket_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("web")
    logging.getLogger("uvicorn.error").info('"WebSocket /_event/?token=secret" [accepted]')
    assert capsys.readouterr().out == ""
