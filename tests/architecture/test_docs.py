"""Paths and commands that README and the docs name exist."""

import re
from pathlib import Path

import pytest

from platform_app.cli.app import MODULES
from platform_app.infra.settings import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "AGENTS.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATH = re.compile(
    r"[`(]((?:docs|pages|state|workers|tools|tests|platform_app|deploy)/[\w./-]*|[A-Z]+\.md|requirements[\w.-]*)[`)]"
)
COMMAND = re.compile(r"\./plaza ([a-z]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_a_document_names_exists(document: Path) -> None:
    named = PATH.findall(document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_a_document_shows_exists(document: Path) -> None:
    assert set(COMMAND.findall(document.read_text())) <= set(MODULES)
