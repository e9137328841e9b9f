"""The embedded PostgreSQL, started for real."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from platform_app.stack import postgres, processes
from platform_app.stack.errors import StackError

PASSWORD = "correct-horse"


def connect(
    port: int, *, password: str = PASSWORD, database: str = "postgres"
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(postgres.url(port, password, database).replace("+psycopg", ""), autocommit=True)


def test_data_survives_a_restart_in_a_path_with_spaces_and_quotes(tmp_path: Path) -> None:
    directory, log, port = tmp_path / 'it\'s a "place"' / "postgres", tmp_path / "log", processes.free_port()
    first = postgres.start(directory, port=port, password=PASSWORD, log=log)
    try:
        postgres.ensure_database("plaza", port=port, password=PASSWORD)
        postgres.ensure_database("plaza", port=port, password=PASSWORD)
        with connect(port, database="plaza") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    finally:
        processes.stop(first, sig=postgres.STOP)
    assert first.returncode == 0
    second = postgres.start(directory, port=port, password=PASSWORD, log=log)
    try:
        with connect(port, database="plaza") as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
    finally:
        processes.stop(second, sig=postgres.STOP)


def test_an_interrupted_first_start_is_repeated_and_a_killed_server_is_replaced(tmp_path: Path) -> None:
    directory, log, port = tmp_path / "postgres", tmp_path / "log", processes.free_port()
    half_made = tmp_path / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres.password").write_text("of the interrupted start")
    killed = postgres.start(directory, port=port, password=PASSWORD, log=log)
    assert not half_made.exists()
    assert not (tmp_path / "postgres.password").exists()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    again = postgres.start(directory, port=port, password=PASSWORD, log=log)
    try:
        with connect(port) as connection:
            assert connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            ).fetchone() == (1,)
    finally:
        processes.stop(again, sig=postgres.STOP)


def test_a_second_server_on_one_directory_ends_the_first(tmp_path: Path) -> None:
    directory, log = tmp_path / "postgres", tmp_path / "log"
    first = postgres.start(directory, port=processes.free_port(), password=PASSWORD, log=log)
    port = processes.free_port()
    second = postgres.start(directory, port=port, password=PASSWORD, log=log)
    try:
        assert first.wait(timeout=10) == 0
        connect(port).close()
    finally:
        processes.stop(second, sig=postgres.STOP)


def test_the_server_requires_its_password_which_is_on_no_command_line(tmp_path: Path) -> None:
    directory, log, port = tmp_path / "postgres", tmp_path / "log", processes.free_port()
    server = postgres.start(directory, port=port, password=PASSWORD, log=log)
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(port, password="guessed")
        assert PASSWORD.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
        with pytest.raises(StackError, match="refuses the stored password"):
            postgres.wait_ready(server, port=port, password="guessed", log=log)
    finally:
        processes.stop(server, sig=postgres.STOP)


def test_a_directory_with_other_files_is_left_unchanged(tmp_path: Path) -> None:
    directory = tmp_path / "postgres"
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    with pytest.raises(StackError, match="neither empty nor a PostgreSQL data directory"):
        postgres.start(directory, port=processes.free_port(), password=PASSWORD, log=tmp_path / "log")
    assert [path.name for path in directory.iterdir()] == ["thesis.txt"]


def test_a_start_on_a_taken_port_fails_with_the_reason_and_leaves_no_process(tmp_path: Path) -> None:
    log, port = tmp_path / "log", processes.free_port()
    holder = postgres.start(tmp_path / "one", port=port, password=PASSWORD, log=log)
    try:
        with pytest.raises(StackError, match="Address already in use"):
            postgres.start(tmp_path / "two", port=port, password=PASSWORD, log=tmp_path / "second log")
        assert not (tmp_path / "two" / "postmaster.pid").exists()
    finally:
        processes.stop(holder, sig=postgres.STOP)
