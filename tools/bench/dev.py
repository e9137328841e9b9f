"""`./plaza bench dev`: the time from an edit until the developer sees it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from playwright.sync_api import Page, sync_playwright
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from tools.bench import report
from tools.bench.dev_copy import DevServer, run_dev, wait_until
from tools.bench.report import Measurement

CHROMIUM = os.environ.get("PLAZA_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 600.0
EDIT_SECONDS = 300.0
# An import of the whole application, which every kind of reload needs at least once.
IMPORT_CODE = "import platform_app.main"
NOWHERE = {
    "PLAZA_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/plaza",
    "PLAZA_STATE_REDIS_URL": "redis://127.0.0.1:1/0",
    "PLAZA_WORK_REDIS_URL": "redis://127.0.0.1:1/0",
    "PLAZA_SECRET_KEY": "only-for-this-benchmark-" * 2,
}
DOMAIN = ("platform_app/domain/catalog/errors.py", "This listing doesn't exist")
STATE = ("state/catalog.py", "Not found · Plaza")
PAGE = ("pages/catalog/home.py", "Good things, from the people who make them.")
COMPILED = "compiled the pages"  # printed in the terminal
UNKNOWN_LISTING = "/api/v1/listings/00000000-0000-7000-8000-000000000000"


class EditResult(BaseModel):
    """Seconds from saving a file until the change shows, also as a multiple of a bare import of the application."""

    model_config = ConfigDict(frozen=True)

    edit: str
    median: float
    longest: float
    imports: float


def dev(
    rounds: Annotated[int, typer.Option(min=1, max=100, help="The number of edits of each file.")] = 3,
    as_json: report.AsJson = False,
    record: report.Record = False,
) -> None:
    """Edit a copy of the project under ./plaza dev, and measure over HTTP and in Chromium when each edit shows."""
    start = report.begin(record=record)
    with TemporaryDirectory(prefix="plaza-dev-") as folder, sync_playwright() as playwright:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PLAZA_")}
        with run_dev(Path(folder), env=env, seconds=START_SECONDS) as server:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            results = _measure(server, browser.new_page(), rounds=rounds)
            browser.close()
    measurements = [
        Measurement(
            key=f"dev.{each.edit.partition(',')[0]}",
            text=f"{each.median:.1f} / {each.longest:.1f} s, {each.imports:.1f} imports",
            value=each.median,
        )
        for each in results[:-1]
    ]
    report.finish(
        start, results, measurements, print_table=lambda: _print_table(results, rounds=rounds), as_json=as_json
    )


def _measure(server: DevServer, page: Page, *, rounds: int) -> list[EditResult]:
    page.set_default_timeout(EDIT_SECONDS * 1000)
    import_seconds = median(_import_seconds(server.project) for _ in range(3))
    page.goto(f"{server.url}/shops/nobody/nothing")
    page.wait_for_function("document.title === 'Not found · Plaza'")
    domain = _time_edits(server, DOMAIN, rounds, lambda words: words in server.text(UNKNOWN_LISTING))
    state = _time_edits(server, STATE, rounds, lambda words: page.title() == words)
    page.goto(server.url)
    page.get_by_text(PAGE[1]).first.wait_for()
    home = _time_edits(server, PAGE, rounds, lambda words: page.get_by_text(words, exact=True).count() > 0)
    rows = {"domain, through REST": domain, "state, in an open page": state, "page, in an open page": home}
    return [
        EditResult(edit=edit, median=median(times), longest=max(times), imports=median(times) / import_seconds)
        for edit, times in rows.items()
    ] + [EditResult(edit="a bare import, for comparison", median=import_seconds, longest=import_seconds, imports=1.0)]


def _time_edits(server: DevServer, text: tuple[str, str], rounds: int, is_shown: Callable[[str], bool]) -> list[float]:
    """Seconds until each edit shows; the next edit waits until the pages of this one are compiled."""
    path, original = text
    before, times = original, []
    for number in range(rounds):
        words = f"{original} {number}"
        compiled = server.printed().count(COMPILED)
        server.replace(path, before, words)
        times.append(wait_until(partial(is_shown, words), seconds=EDIT_SECONDS, what=f"An edit of {path}"))
        wait_until(partial(_has_compiled, server, compiled), seconds=EDIT_SECONDS, what="The compile")
        before = words
    return times


def _has_compiled(server: DevServer, times: int) -> bool:
    return server.printed().count(COMPILED) > times


def _import_seconds(project: Path) -> float:
    started = time.perf_counter()
    env = {**os.environ, **NOWHERE, "PYTHONPATH": str(project)}
    subprocess.run([sys.executable, "-W", "ignore", "-c", IMPORT_CODE], cwd=project, env=env, check=True)
    return time.perf_counter() - started


def _print_table(results: list[EditResult], *, rounds: int) -> None:
    table = Table("", "median", "longest", "bare imports", title=f"Seconds from an edit until it shows, {rounds} times")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in results:
        table.add_row(each.edit, f"{each.median:.2f}", f"{each.longest:.2f}", f"{each.imports:.2f}")
    Console(highlight=False).print(table)
