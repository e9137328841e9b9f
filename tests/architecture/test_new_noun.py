"""What `./plaza new noun` refuses, without writing anything; tests/stack/test_new_noun.py runs what it writes."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.cli import new
from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT

NOUN_HINT = "use lower-case letters and digits, at most 20, starting with a letter."
ROW_HINT = "use lower-case letters, digits and _, at most 20, starting with a letter."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the folders in which a noun has files; the test must leave it unchanged."""
    for surface in new.SURFACES:
        shutil.copytree(ROOT / surface, tmp_path / surface, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(new, "ROOT", tmp_path)
    before = fingerprint(tmp_path)
    yield tmp_path
    assert fingerprint(tmp_path) == before


def fingerprint(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("favourites", "", "platform_app/domain/favourites exists already."),
        ("mail", "letter", "workers/mail.py exists already."),
        ("components", "", "pages/components exists already."),
        ("Reviews", "", f'"Reviews" is not a valid name: {NOUN_HINT}'),
        ("../reviews", "", f'"../reviews" is not a valid name: {NOUN_HINT}'),
        ("gift_cards", "", f'"gift_cards" is not a valid name: {NOUN_HINT}'),
        ("r" * 21, "row", f'"{"r" * 21}" is not a valid name: {NOUN_HINT}'),
        ("reviews", "a review", f'"a review" is not a valid name: {ROW_HINT}'),
        ("messaging", "", "The singular is unclear; give it: ./plaza new noun messaging --row NAME."),
        ("orders", "", '"order" is a reserved word of Python or SQL; choose another name, or give one with --row.'),
        ("returns", "", '"return" is a reserved word of Python or SQL; choose another name, or give one with --row.'),
        ("wishes", "listing", "A table named listing exists already; give another name with --row."),
        ("account", "profile", "/api/v1/account is in use already; choose another name."),
        ("pages", "leaf", "/api/v1/pages is in use already; choose another name."),
        ("security", "key", "A page at /account/security exists already; choose another name."),
    ],
)
def test_an_invalid_name_is_refused(project: Path, name: str, row: str, reason: str) -> None:
    with pytest.raises(CommandError) as refusal:
        new.noun(name, row)
    assert str(refusal.value) == reason


def test_a_table_without_the_expected_row_is_refused_before_anything_is_written(project: Path) -> None:
    table = project / "workers" / "subscriptions.py"
    original = table.read_text()
    table.write_text(original.removesuffix("\n"))
    with pytest.raises(CommandError) as refusal:
        new.noun("reviews", "")
    table.write_text(original)
    assert str(refusal.value) == "workers/subscriptions.py has changed: the position for the new line was not found."


@pytest.mark.parametrize(
    ("head", "following"), [("2999_12_31_2359", "3000_01_01_0000"), ("2999_11_23_0900", "2999_11_23_0901")]
)
def test_a_migration_follows_the_newest_one(head: str, following: str) -> None:
    assert new._next_revision(head) == following
