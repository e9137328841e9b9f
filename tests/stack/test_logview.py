"""Logs of several processes, merged into one."""

import json
from pathlib import Path

from platform_app.stack import logs, logview

ENTRY = {"@timestamp": "2026-11-23T07:00:02.500Z", "log.level": "info", "message": "served", "route": "/"}


def test_lines_of_all_logs_are_in_order_and_tracebacks_stay_together(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text(
        json.dumps(ENTRY)
        + "\nTraceback (most recent call last):\n  File x\n"
        + '{"@timestamp": "2026-11-23T07:00:05Z"}\n'
    )
    (tmp_path / "postgres.log").write_text(
        "2026-11-23 07:00:01.000 UTC [7] LOG:  starting\n2026-11-23 07:00:04.000 UTC [7] LOG:  ready\n"
    )
    lines = list(logview.merged_lines(logview.log_files(tmp_path, "")))
    assert [(name, line.split()[0]) for name, line in lines] == [
        ("postgres", "2026-11-23"),
        ("web", '{"@timestamp":'),
        ("web", "Traceback"),
        ("web", "File"),
        ("postgres", "2026-11-23"),
        ("web", '{"@timestamp":'),
    ]


def test_a_tier_includes_its_own_log_and_those_of_its_parts(tmp_path: Path) -> None:
    for name in ("worker-media.log", "worker-search.log", "web.log", "web.log.1"):
        (tmp_path / name).touch()
    assert [file.name for file in logview.log_files(tmp_path, "worker")] == ["worker-media.log", "worker-search.log"]
    assert [file.name for file in logview.log_files(tmp_path, "web")] == ["web.log"]
    assert logview.log_files(tmp_path, "we") == []


def test_a_line_is_raw_for_programs_and_short_for_people() -> None:
    line = json.dumps(ENTRY)
    assert logview.format_line("web", line, pretty=False) == line
    assert logview.format_line("web", line, pretty=True) == "07:00:02.500 web              info    served route=/"


def test_a_log_is_rotated_only_when_it_is_too_long(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * logs.ROTATE_ABOVE)
    logs.rotate(log)
    assert log.exists()
    with log.open("ab") as file:
        file.write(b"\nlast line\n")
    assert logs.tail(log, 1) == "last line"
    logs.rotate(log)
    assert not log.exists()
    assert (tmp_path / "web.log.1").exists()
    assert logs.tail(log) == ""


def test_a_developer_sees_warnings_and_errors_only_with_their_reason() -> None:
    warning = ENTRY | {"log.level": "warning", "message": "outage", "error": "The database does not answer."}
    failure = ENTRY | {
        "log.level": "error",
        "message": "event failed",
        "error": {"stack_trace": "Traceback:\n  line 1"},
    }
    assert logview.format_problem("web", json.dumps(ENTRY)) == ""
    assert logview.format_problem("web", json.dumps(warning)) == "web: warning: outage The database does not answer."
    assert logview.format_problem("web", json.dumps(failure)) == "web: error: event failed\nTraceback:\n  line 1"
    assert logview.format_problem("web", "  File 'x', line 1") == "web:   File 'x', line 1"
