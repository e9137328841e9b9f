"""Which data directories are accepted, and what is deleted from them."""

import os
from pathlib import Path

import pytest

from platform_app.stack import datadir
from platform_app.stack.errors import StackError


def test_nobody_else_reads_the_directory_of_an_older_version_either(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    datadir.prepare(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    tmp_path.chmod(0o711)  # what PostgreSQL's own user needs
    datadir.prepare(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o711


def test_a_directory_with_other_files_is_refused_and_stays_unchanged(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StackError, match="is not empty and not a Plaza data directory"):
        datadir.prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_emptying_keeps_a_held_lock_and_follows_no_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "photo").touch()
    data = tmp_path / "data"
    datadir.prepare(data)
    lock_fd = datadir.lock(data)
    try:
        (data / "run" / "plaza.env").touch()
        (data / "media" / "a").mkdir(parents=True)
        (data / "link").symlink_to(elsewhere)
        datadir.empty(data)
        assert sorted(path.name for path in data.iterdir()) == ["logs", "metrics", "run", datadir.MARKER]
        assert [path.name for path in (data / "run").iterdir()] == ["lock"]
        assert (elsewhere / "photo").exists()
        with pytest.raises(datadir.Running):
            datadir.lock(data)
    finally:
        os.close(lock_fd)
    os.close(datadir.lock(data))


def test_passwords_are_generated_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    generated = iter(["one", "app", "two", "three", "four"])
    first = datadir.passwords(tmp_path, lambda: next(generated))
    assert first == {"postgres": "one", "runtime": "app", "state": "two", "work": "three", "key": "four"}
    assert datadir.passwords(tmp_path, lambda: "never") == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_an_older_directory_gets_missing_secrets_and_keeps_the_others(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"postgres": "one", "state": "two", "work": "three"}')
    found = datadir.passwords(tmp_path, lambda: "new")
    assert found == {"postgres": "one", "state": "two", "work": "three", "key": "new", "runtime": "new"}
    assert datadir.passwords(tmp_path, lambda: "never") == found
