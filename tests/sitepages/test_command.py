"""`./plaza page`: an operator shows and edits the pages."""

import subprocess
import sys
from pathlib import Path

import pytest

from platform_app.domain.sitepages import queries, rules
from platform_app.domain.sitepages.rules.default_texts import DEFAULT_PAGES
from platform_app.infra import db
from platform_app.infra.settings import ROOT

pytestmark = pytest.mark.usefixtures("clean")


def page(*arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit code, its output and its errors."""
    command = [sys.executable, "-m", "platform_app", "page", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def stored() -> tuple[str, str, int]:
    with db.reading() as session:
        found = queries.by_slug(session, slug="terms")
        return found.title, found.text, found.version


def test_a_page_is_shown_edited_in_a_file_and_listed_with_its_version(tmp_path: Path) -> None:
    file = tmp_path / "terms.html"
    code, output, errors = page("show", "terms")
    assert (code, output, errors) == (0, DEFAULT_PAGES[rules.Slug.TERMS].text + "\n", "")
    file.write_text("<h2>Sélling</h2>\n<p>Be kind.</p>\n", encoding="utf-8-sig")
    assert page("edit", "terms", str(file)) == (
        0, '"Terms of use" has version 1: http://127.0.0.1:8000/pages/terms\n', "",
    )  # fmt: skip
    assert page("edit", "terms", str(file), "--title", "Our terms", "--version", "1")[0] == 0
    assert stored() == ("Our terms", "<h2>Sélling</h2>\n<p>Be kind.</p>", 2)
    lines = [line.split() for line in page("list")[1].splitlines()]
    assert [line[0] for line in lines] == ["page", "help", "contact", "terms", "privacy", "imprint"]
    assert (lines[1][1:], lines[3][1:4]) == (["Help", "0", "never"], ["Our", "terms", "2"])


@pytest.mark.parametrize(
    ("content", "options", "code", "error"),
    [
        (b"Be kind.", ("--version", "3"), 1, "Somebody else has changed this page in the meantime."),
        (b"Be kind.", ("--title", " "), 1, "Enter a title."),
        (b"caf\xe9", (), 1, "is not UTF-8 text."),
        (b" ", (), 1, "this page would be empty."),
        (b"x" * (rules.MAX_TEXT + 1), (), 1, "Use at most 100,000 characters; this has 100,001."),
        (b"x" * (4 * rules.MAX_TEXT + 1), (), 1, "is too long: a page has at most 100,000 characters."),
    ],
)
def test_what_cannot_be_published_is_refused_and_changes_nothing(
    tmp_path: Path, content: bytes, options: tuple[str, ...], code: int, error: str
) -> None:
    before, file = stored(), tmp_path / "terms.html"
    file.write_bytes(content)
    result = page("edit", "terms", str(file), *options)
    assert (result[0], result[1], error in result[2], stored()) == (code, "", True, before)


def test_a_missing_file_and_an_unknown_page_are_refused_in_a_sentence(tmp_path: Path) -> None:
    code, _, errors = page("edit", "terms", str(tmp_path / "none.html"))
    assert (code, errors.count("\n"), "none.html" in errors) == (2, 1, True)
    code, _, errors = page("show", "about")
    assert (code, "about" in errors) == (2, True)
