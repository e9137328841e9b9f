"""Logs are JSON, have the request's id, and contain no visitor's token."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from platform_app.infra import log
from platform_app.infra.token_bucket import TokenBuckets


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The test run's own logging configuration is restored."""
    root = logging.getLogger()
    original = root.handlers[:], root.level
    yield
    root.handlers[:], level = original
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_its_tier_and_request_id(capsys: pytest.CaptureFixture[str]) -> None:
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


def test_the_url_of_a_websocket_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("web")
    logging.getLogger("uvicorn.error").info('"WebSocket /_event/?token=secret" [accepted]')
    assert capsys.readouterr().out == ""


def test_external_text_is_truncated_in_values_messages_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("web")
    frame = "x" * 900_000
    structlog.get_logger("x").warning("refused", given=frame, where={"path": frame})
    logging.getLogger("a.library").warning("Event data: %s", frame)
    try:
        raise ValueError(frame)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("a.library").exception("failed too")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["message"][:8] for line in lines] == ["refused", "Event da", "failed", "failed t"]
    assert json.loads(lines[0])["given"] == "x" * 512
    assert max(map(len, lines)) < 20_000
    assert all("ValueError: xxx" in json.loads(line)["error"]["stack_trace"] for line in lines[2:])


@pytest.mark.parametrize("name", ["ours", "a library's"])
def test_a_single_call_site_cannot_flood_the_log(capsys: pytest.CaptureFixture[str], name: str) -> None:
    log.configure("web")
    logger = structlog.get_logger("x") if name == "ours" else logging.getLogger("a.library")
    (limiter,) = (each for handler in logging.getLogger().handlers for each in handler.filters)
    now = [0.0]
    limiter._buckets = TokenBuckets(log.LINE_RATE, clock=lambda: now[0])  # type: ignore[union-attr]
    for number in range(log.LINE_RATE.burst + 201):
        if number == log.LINE_RATE.burst + 200:
            now[0] = 1.0
        logger.warning("again")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == log.LINE_RATE.burst + 1
    assert [line.get("suppressed") for line in lines[-2:]] == [None, 200]
