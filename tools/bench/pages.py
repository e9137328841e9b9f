"""`./plaza bench pages`: Lighthouse on the main pages as a phone sees them, compared with an empty shell."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import httpx
import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.infra import db
from tools.bench import report, servers
from tools.bench.report import Measurement

LIGHTHOUSE = "lighthouse@13.5.0"
# Without scrollbars: on a phone they fade out for 300 ms, which a browser without a graphics card draws with the
# processor.
CHROME = "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking --disable-component-update --disable-sync --no-first-run"
CATEGORIES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "practices": "best-practices",
    "seo": "seo",
}
FIRST_LOAD = ("Document", "Script", "Stylesheet", "Font")
LIGHTHOUSE_TIMEOUT_SECONDS = 300  # for one page
MAX_ATTEMPTS = 3
PLAZA_FACTORY, BASELINE_FACTORY = "platform_app.main:everything", "tools.bench.baseline_shell:web"
PLAZA, BASELINE = "Plaza", "empty shell"
BEST_LISTING = text("""
SELECT card->>'shop_slug' AS shop, card->>'slug' AS listing, categories[1] AS category
FROM listing_search WHERE categories <> '{}' AND card->'picture' <> 'null' ORDER BY quality DESC, listing_id LIMIT 1""")


class PageResult(BaseModel):
    """The median of several visits of one page: scores out of 100, milliseconds, and kB without pictures.

    `blocked_ms` is Lighthouse's total blocking time: the time of tasks beyond 50 ms each.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    served: str
    performance: int
    accessibility: int
    practices: int
    seo: int
    largest_paint_ms: float
    blocked_ms: float
    layout_shift: float
    first_load_kb: float


class PagesResults(BaseModel):
    """`ratio` is the time of the empty shell's largest paint as a multiple of Plaza's, over all pages."""

    model_config = ConfigDict(frozen=True)

    browser: str
    visits: int
    pages: list[PageResult]
    ratio: float


def pages(
    visits: Annotated[int, typer.Option(min=1, max=25, help="Visits of each page; the median counts.")] = 3,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Visit home, search, category, shop and listing with Lighthouse, as a phone on a slow network."""
    require_services(data)
    chrome = _find_chrome()
    start = report.begin(record=record)
    results = []
    for served, factory in ((PLAZA, PLAZA_FACTORY), (BASELINE, BASELINE_FACTORY)):
        with servers.run_servers(factory, count=1) as (urls, _):
            for name, path in _paths().items():
                httpx.get(urls[0] + path, timeout=30)  # fill the caches before the first visit
                reports = [_visit_with_retries(urls[0] + path, chrome=chrome) for _ in range(visits)]
                results.append(_to_result(name, served, reports))
    plaza_pages, baseline_pages = ([page for page in results if page.served == served] for served in (PLAZA, BASELINE))
    ratios = [
        other.largest_paint_ms / page.largest_paint_ms for page, other in zip(plaza_pages, baseline_pages, strict=True)
    ]
    summary = PagesResults(browser=Path(chrome).name, visits=visits, pages=results, ratio=round(median(ratios), 1))
    report.finish(start, summary, _measurements(summary), print_table=lambda: _print_table(summary), as_json=as_json)


def _find_chrome() -> str:
    """The path of a browser, preferably one without a window.

    Without a graphics card, drawing a window around the page takes processor time away from the page.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    for name in (os.environ.get("CHROME_PATH", ""), *names):
        if name and (found := shutil.which(name)):
            return found
    raise CommandError(
        "There is no Chromium: install it (Debian: apt-get install chromium-headless-shell), or set CHROME_PATH."
    )


class RecordingFailed(CommandError):
    """Lighthouse failed to record a visit."""


def _paths() -> dict[str, str]:
    with db.reading() as session:
        best = session.execute(BEST_LISTING).one_or_none()
    if best is None:
        raise CommandError("There are no listings to visit; create some with ./plaza seed.")
    return {
        "home": "/",
        "search": "/search",
        "category": f"/c/{best.category}",
        "shop": f"/shops/{best.shop}",
        "listing": f"/shops/{best.shop}/{best.listing}",
    }


def _visit_with_retries(url: str, *, chrome: str) -> dict[str, Any]:
    """Lighthouse's report of one visit with a new browser profile.

    Sometimes Lighthouse reports that its recording failed and asks to be run again.
    """
    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(RecordingFailed):
            return _visit(url, chrome=chrome)
    return _visit(url, chrome=chrome)


def _visit(url: str, *, chrome: str) -> dict[str, Any]:
    npx = str(Path(sys.executable).parent / "npx")
    command = [npx, "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", "--output-path=stdout"]
    options = [f"--only-categories={','.join(CATEGORIES.values())}", f"--chrome-flags={CHROME}"]
    with tempfile.TemporaryDirectory() as folder:
        completed = subprocess.run(
            [*command, *options],
            cwd=folder,
            env={**os.environ, "CHROME_PATH": chrome},
            capture_output=True,
            text=True,
            timeout=LIGHTHOUSE_TIMEOUT_SECONDS,
            check=False,
        )
    if completed.returncode:
        kind = RecordingFailed if "Please run Lighthouse again" in completed.stderr else CommandError
        raise kind(f"Lighthouse could not visit {url}:\n{completed.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(completed.stdout)
    return report


def _to_result(name: str, served: str, reports: Sequence[dict[str, Any]]) -> PageResult:
    scores = {
        field: round(median(100 * report["categories"][category]["score"] for report in reports))
        for field, category in CATEGORIES.items()
    }
    audits = [report["audits"] for report in reports]
    loaded = [
        sum(item["transferSize"] for item in audit["network-requests"]["details"]["items"] if _is_first_load(item))
        for audit in audits
    ]
    return PageResult(
        name=name,
        served=served,
        **scores,
        largest_paint_ms=round(median(audit["largest-contentful-paint"]["numericValue"] for audit in audits)),
        blocked_ms=round(median(audit["total-blocking-time"]["numericValue"] for audit in audits)),
        layout_shift=round(median(audit["cumulative-layout-shift"]["numericValue"] for audit in audits), 3),
        first_load_kb=round(median(loaded) / 1000, 1),
    )


def _is_first_load(item: dict[str, Any]) -> bool:
    return item.get("resourceType") in FIRST_LOAD


def _measurements(summary: PagesResults) -> list[Measurement]:
    plaza_pages = [page for page in summary.pages if page.served == PLAZA]
    lowest = {field: min(getattr(page, field) for page in plaza_pages) for field in CATEGORIES}
    first_load = max(page.first_load_kb for page in plaza_pages)
    return [
        *(Measurement(key=f"pages.{field}", text=str(score), value=score) for field, score in lowest.items()),
        Measurement(key="pages.first_load", text=f"{first_load:.0f} kB", value=first_load),
        *(
            Measurement(
                key=f"pages.{page.name}",
                text=f"{page.largest_paint_ms / 1000:.2f} s, {page.blocked_ms:.0f} ms, {page.layout_shift:g}",
            )
            for page in plaza_pages
        ),
        Measurement(key="pages.ratio", text=f"{summary.ratio:.1f}"),
    ]


def _print_table(summary: PagesResults) -> None:
    title = f"Lighthouse on a phone, the median of {summary.visits} visits with {summary.browser}"
    scored = ("performance", "access.", "practices", "SEO")
    table = Table("", "", *scored, "paint, s", "blocked, ms", "shift", "kB", title=title)
    for column in table.columns[2:]:
        column.justify = "right"
    for page in summary.pages:
        scores = [str(score) for score in (page.performance, page.accessibility, page.practices, page.seo)]
        times = [f"{page.largest_paint_ms / 1000:.2f}", f"{page.blocked_ms:.0f}", f"{page.layout_shift:.3f}"]
        table.add_row(page.name, page.served, *scores, *times, f"{page.first_load_kb:.0f}")
    table.caption = (
        f"The largest paint of an empty shell comes {summary.ratio:.1f} times as late (median of the pages)."
    )
    Console(highlight=False, width=110).print(table)
