"""`./plaza report`: an operator lists and closes reports."""

import json
import subprocess
import sys

import pytest

from platform_app.infra import db
from platform_app.infra.settings import ROOT
from tests.factories import UNKNOWN_ID, make_listing, make_user
from tests.reports.factories import make_report

pytestmark = pytest.mark.usefixtures("clean")


def report(*arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit code, its output and its errors."""
    command = [sys.executable, "-m", "platform_app", "report", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_reports_are_listed_and_closed() -> None:
    with db.writing() as session:
        listing = make_listing(session, indexed=False)
        first = make_report(session, listing=listing, user_id=make_user(session).user.id, text="A [red]fake[/].\nYes.")
        second = make_report(session, listing=listing, reason="prohibited")
    url = "http://127.0.0.1:8000/shops/clay-and-co/stoneware-mug"
    assert report("list") == (
        0,
        f"{first.id}  2026-11-23 09:00 UTC  It looks like a scam\n  Stoneware mug: {url}\n  From ada@example.com:\n"
        f"    A [red]fake[/].\n    Yes.\n"
        f"{second.id}  2026-11-23 09:00 UTC  It must not be sold here\n  Stoneware mug: {url}\n  From a visitor.\n",
        "",
    )
    assert report("close", str(first.id)) == (0, "The report is closed.\n", "")
    code, output, _ = report("list", "--json")
    assert (code, [each["id"] for each in json.loads(output)]) == (0, [str(second.id)])
    assert report("close", str(first.id)) == (1, "", "There is no open report with this id.\n")


def test_without_reports_the_list_says_so() -> None:
    assert report("list") == (0, "No report is open.\n", "")
    assert report("list", "--json") == (0, "[]\n", "")
    assert report("close", UNKNOWN_ID)[0] == 1
