"""Disaster recovery: to a chosen point in time, and to the end of the WAL."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from platform_app.stack import backup, postgres, processes
from platform_app.stack.errors import StackError
from platform_app.stack.os_user import chown, postgres_user
from tests.stack.test_postgres import connect

PASSWORD, NEW_PASSWORD = "before-the-fire", "after-the-fire"
CHECKSUM_SQL = "SELECT count(*), md5(string_agg(row::text, ',' ORDER BY number)) FROM wares AS row"


@contextmanager
def run_server(
    directory: Path, *, archive: Path | None = None, password: str = PASSWORD, sign: signal.Signals = postgres.STOP
) -> Iterator[int]:
    """A server that archives its WAL; its port."""
    port, log = processes.free_port(), directory.with_name("log")
    postgres.initialise(directory, password=password, log=log)
    server = postgres.launch(directory, port=port, log=log, options=backup.archive_options(archive) if archive else {})
    try:
        postgres.wait_ready(server, port=port, password=password, log=log)
        yield port
    finally:
        processes.stop(server, sig=sign, seconds=30)


def checksum(port: int, *, password: str = PASSWORD) -> tuple[object, ...]:
    with connect(port, password=password) as connection:
        found = connection.execute(CHECKSUM_SQL).fetchone()
    assert found
    return found


def add_rows(connection: psycopg.Connection[tuple[object, ...]], numbers: range) -> datetime:
    """Add rows; the time of their commit by the server's clock."""
    connection.execute(
        "INSERT INTO wares SELECT n, md5(n::text), clock_timestamp() FROM generate_series(%s::int, %s::int) AS n",
        [numbers.start, numbers.stop - 1],
    )
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row
    assert isinstance(row[0], datetime)
    return row[0]


def finish_segment(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Wait until all WAL so far is archived."""
    row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row
    for _ in range(2400):
        archived = connection.execute("SELECT last_archived_wal >= %s FROM pg_stat_archiver", row).fetchone()
        if archived and archived[0]:
            return
        connection.execute("SELECT pg_sleep(0.05)")
    raise AssertionError("the WAL is not archived")


def libpq_url(port: int) -> str:
    return postgres.url(port, PASSWORD, "postgres").replace("+psycopg", "")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A directory that the server may write to, with a name that needs quoting in a shell."""
    folder = tmp_path / "an archive's 100%"
    folder.mkdir()
    chown(folder, postgres_user())
    return folder


def test_a_backup_and_its_wal_restore_any_point_in_time(tmp_path: Path, archive: Path) -> None:
    directory, file = tmp_path / "data" / "postgres", tmp_path / "backup.tar.gz"
    directory.parent.mkdir()
    with (
        run_server(directory, archive=archive, sign=signal.SIGKILL) as port,
        connect(port, password=PASSWORD) as connection,
    ):
        connection.execute("CREATE TABLE wares (number int PRIMARY KEY, words text, added timestamptz)")
        add_rows(connection, range(1000))
        backup.create(file, url=libpq_url(port))
        add_rows(connection, range(1000, 3000))
        chosen = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        connection.execute("SELECT pg_sleep_until(%s)", [chosen + timedelta(milliseconds=200)])
        then = checksum(port)
        connection.execute("DELETE FROM wares WHERE number % 2 = 0")  # the change to go back before
        add_rows(connection, range(5000, 5500))
        last = checksum(port)
        finish_segment(connection)
    shutil.rmtree(directory)

    assert backup.restore(
        file, directory, password=NEW_PASSWORD, log=tmp_path / "restore.log", wal=archive, until=chosen
    ) is None  # fmt: skip
    with run_server(directory, password=NEW_PASSWORD) as port:
        assert checksum(port, password=NEW_PASSWORD) == then

    shutil.rmtree(directory)  # with the timeline of the restored server
    backup.restore(file, directory, password=NEW_PASSWORD, log=tmp_path / "restore.log", wal=archive)
    with run_server(directory, password=NEW_PASSWORD) as port:
        assert checksum(port, password=NEW_PASSWORD) == last


def test_a_backup_alone_restores_its_own_state(tmp_path: Path) -> None:
    directory, file = tmp_path / "data" / "postgres", tmp_path / "backup.tar.gz"
    directory.parent.mkdir()
    with run_server(directory) as port, connect(port, password=PASSWORD) as connection:
        connection.execute("CREATE TABLE wares (number int PRIMARY KEY, words text, added timestamptz)")
        add_rows(connection, range(100))
        then = checksum(port)
        backup.create(file, url=libpq_url(port))
        add_rows(connection, range(100, 200))
    assert file.stat().st_mode & 0o777 == 0o600
    former = backup.restore(file, directory, password=PASSWORD, log=tmp_path / "restore.log")
    with run_server(directory) as port:
        assert checksum(port) == then
    assert former is not None
    with run_server(former) as port:
        assert checksum(port) != then


def test_an_unreachable_time_and_a_torn_file_are_reported_and_change_nothing(tmp_path: Path, archive: Path) -> None:
    directory, file = tmp_path / "data" / "postgres", tmp_path / "backup.tar.gz"
    directory.parent.mkdir()
    with run_server(directory, archive=archive) as port, connect(port, password=PASSWORD) as connection:
        connection.execute("CREATE TABLE wares (number int PRIMARY KEY, words text, added timestamptz)")
        add_rows(connection, range(10))
        backup.create(file, url=libpq_url(port))
        then = checksum(port)
        with pytest.raises(StackError, match="exists already"):
            backup.create(file, url=libpq_url(port))
    later = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(StackError, match="WAL ends before that time"):
        backup.restore(file, directory, password=PASSWORD, log=tmp_path / "restore.log", wal=archive, until=later)
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StackError, match="is incomplete or damaged"):
        backup.restore(torn, directory, password=PASSWORD, log=tmp_path / "restore.log")
    with run_server(directory) as port:
        assert checksum(port) == then
    assert sorted(path.name for path in directory.parent.iterdir()) == ["log", "postgres"]


def test_a_failed_backup_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    with pytest.raises(StackError, match="backup failed"):
        backup.create(file, url=f"postgresql://plaza:x@127.0.0.1:{processes.free_port()}/postgres")
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_missing_arguments(tmp_path: Path) -> None:
    for arguments, message in (
        (["backup", str(tmp_path / "b")], "Plaza is not running"),
        (["restore", str(tmp_path / "none")], "There is no file"),
        (
            ["restore", __file__, "--until", "2026-11-24T10:15:00+00:00", "--data", str(tmp_path)],
            "--until needs the WAL",
        ),
    ):
        done = subprocess.run(
            ["python", "-m", "platform_app", "db", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": str(Path(postgres.__file__).parents[2] / ".venv" / "bin"), "PLAZA_DATA": str(tmp_path)},
        )
        assert done.returncode == 1
        assert message in done.stderr
