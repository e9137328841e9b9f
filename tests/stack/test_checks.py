"""`./plaza check --fix` corrects what it can and reports the rest."""

from pathlib import Path

import pytest

from platform_app.cli import checks
from platform_app.cli.errors import CommandError

UNSORTED = "import sys\nimport os\nprint( os.name,sys.argv )\n"
SORTED = "import os\nimport sys\n\nprint(os.name, sys.argv)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["F", "I"]\n')
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    ruff_alone = {name: command for name, command in checks.CHECKS.items() if "ruff" in command}
    monkeypatch.setattr(checks, "CHECKS", ruff_alone)
    return tmp_path


def test_fix_formats_and_corrects_before_it_checks(project: Path) -> None:
    file = project / "code.py"
    file.write_text(UNSORTED)
    with pytest.raises(CommandError, match=r"^Failed: format, lint\.$"):
        checks.check(fix=False)
    assert file.read_text() == UNSORTED
    checks.check(fix=True)
    assert file.read_text() == SORTED


def test_problems_that_cannot_be_corrected_are_still_reported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "code.py").write_text("print(nothing)\n")
    with pytest.raises(CommandError, match=r"^Failed: lint\.$"):
        checks.check(fix=True)
    assert "Undefined name `nothing`" in capsys.readouterr().out
