"""`./plaza bench search`: how fast the running Plaza finds, beside the plain way of looking for text."""

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from statistics import quantiles
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli import bench_market
from platform_app.cli.errors import Refused
from platform_app.domain.search import queries, service
from platform_app.domain.search.schemas import Question
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db
from platform_app.infra.settings import settings

QUERIES = 400
NAIVE_QUERIES = 20
NAIVE_STEMMED_QUERIES = 3  # each takes minutes of a million listings' text to be read
CHANGES = 500  # a second, while searching
CHANGES_ALONE = 3000
JOB = 500  # listings that one job brings up to date
NAIVE = text("""
SELECT listing.id, count(*) OVER () FROM listing
WHERE status = 'published' AND (title ILIKE :like OR description ILIKE :like) ORDER BY created_at DESC LIMIT 24""")
NAIVE_STEMMED = text("""
SELECT listing.id, count(*) OVER () FROM listing
WHERE status = 'published' AND to_tsvector('english', title || ' ' || description) @@ plainto_tsquery('english', :words)
ORDER BY created_at DESC LIMIT 24""")
CHANGED = text("SELECT DISTINCT shop_id, listing_id FROM variant LIMIT 20000")
SAMPLE = text("SELECT card->>'title' FROM listing_search ORDER BY md5(listing_id::text) LIMIT 3000")
ESTIMATE = text("SELECT count(*) FROM listing_search")
_WORD = re.compile(r"[a-z]{3,}")


class Latencies(BaseModel):
    """Milliseconds that a search takes, its facets and count included."""

    model_config = ConfigDict(frozen=True)

    name: str
    p50: float
    p95: float
    p99: float


class SearchFigures(BaseModel):
    """What was measured; `ratio` is how many times slower the plain way's p95 is than ours, both one at a time."""

    model_config = ConfigDict(frozen=True)

    listings: int
    queries: int
    runs: list[Latencies]
    ratio: float
    changes_per_second: float  # that the index takes in from one worker with nothing else to do
    changes_per_second_beside: float  # that it took in of CHANGES while searches ran


def search(
    listings: Annotated[
        int | None, typer.Option(min=1, help="Search a copy of this Plaza with so many listings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Ask what visitors ask (common and rare words, typos, beginnings, filters), cold, warm and four at a time."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    with db.reading() as session:
        found = int(session.execute(ESTIMATE).scalar_one())
    if not found:
        raise Refused("There are no listings to search; ./plaza seed makes some.")
    with bench_market.of_size(listings) if listings else nullcontext():
        figures = _measured()
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures)


def query_log(titles: Sequence[str], dice: random.Random) -> list[Question]:
    """Questions as visitors put them, made of the words of real titles: the first words are asked far more often."""
    words = [_WORD.findall(title) for title in titles]
    counts: dict[str, int] = {}
    for word in (word for found in words for word in found):
        counts[word] = counts.get(word, 0) + 1
    heads = sorted(counts, key=lambda word: -counts[word])[:20]
    filters: tuple[dict[str, object], ...] = (
        {},
        {},
        {"in_stock": True},
        {"price_max": 5000},
        {"facets": {"colour": ("Oat",)}},
        {"category": "clothing"},
    )
    return [
        Question.model_validate({"q": _words(dice, heads, [found for found in words if found]), **dice.choice(filters)})
        for _ in range(QUERIES)
    ]


def _words(dice: random.Random, heads: Sequence[str], titles: Sequence[list[str]]) -> str:
    kind = dice.random()
    title = dice.choice(titles)
    if kind < 0.4:
        return heads[min(int(dice.expovariate(0.25)), len(heads) - 1)]
    if kind < 0.6:
        return " ".join(title[:2])
    if kind < 0.8:
        word = max(title, key=len)
        place = dice.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1 :]
    return f"{title[0]} {title[-1][: dice.randrange(2, 4)]}"


def _measured() -> SearchFigures:
    with db.reading() as session:
        found = int(session.execute(ESTIMATE).scalar_one())
        titles = [str(title).lower() for title in session.execute(SAMPLE).scalars()]
    asked = query_log(titles, random.Random(7))
    cold = _timed("first time", asked, _ask, at_once=1)
    warm = _timed("again", asked, _ask, at_once=1)
    four = _timed("again, four at a time", asked, _ask, at_once=4)
    naive = _timed("ILIKE over all text", asked[:NAIVE_QUERIES], _ask_naively, at_once=1)
    stemmed = _timed("to_tsvector of all text", asked[:NAIVE_STEMMED_QUERIES], _ask_stemmed, at_once=1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        alone = worker.submit(change, count=CHANGES_ALONE, per_second=None).result()
        beside = worker.submit(change, count=CHANGES * 10, per_second=CHANGES)
        busy = _timed(f"four at a time, beside {CHANGES} changes/s", asked, _ask, at_once=4)
        changed = beside.result()
    return SearchFigures(
        listings=found,
        queries=len(asked),
        runs=[cold, warm, four, busy, naive, stemmed],
        ratio=round(naive.p95 / warm.p95, 1),
        changes_per_second=round(alone, 1),
        changes_per_second_beside=round(changed, 1),
    )


def change(*, count: int, per_second: int | None) -> float:
    """Bring listings of the index up to date as the search worker does, at most so many a second; how many it were."""
    with db.reading() as session:
        ids = [row.listing_id for row in session.execute(CHANGED)]
    started = time.perf_counter()
    for done in range(0, count, JOB):
        with db.writing() as session:
            some = [ids[(done + place) % len(ids)] for place in range(min(JOB, len(ids)))]
            service.reindex(session, listing_ids=some, now=utc_now())
        if per_second:
            time.sleep(max(0.0, started + (done + JOB) / per_second - time.perf_counter()))
    return count / (time.perf_counter() - started)


def _timed(name: str, asked: Sequence[Question], ask: Callable[[Question], None], *, at_once: int) -> Latencies:
    def one(question: Question) -> float:
        started = time.perf_counter()
        ask(question)
        return 1000 * (time.perf_counter() - started)

    with ThreadPoolExecutor(at_once) as pool:
        cuts = quantiles(pool.map(one, asked), n=100, method="inclusive")
    return Latencies(name=name, p50=round(cuts[49], 2), p95=round(cuts[94], 2), p99=round(cuts[98], 2))


def _ask(question: Question) -> None:
    with db.reading() as session:
        queries.results(session, question=question)


def _ask_naively(question: Question) -> None:
    with db.reading() as session:
        session.execute(NAIVE, {"like": f"%{question.q}%"}).all()


def _ask_stemmed(question: Question) -> None:
    with db.reading() as session:
        session.execute(NAIVE_STEMMED, {"words": question.q}).all()


def _print(figures: SearchFigures) -> None:
    title = f"{figures.queries} questions to {figures.listings:,} listings, facets and counts included, in milliseconds"
    table = Table("", "p50", "p95", "p99", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for run in figures.runs:
        table.add_row(run.name, f"{run.p50:,.1f}", f"{run.p95:,.1f}", f"{run.p99:,.1f}")
    table.caption = (
        f"ILIKE takes {figures.ratio:,.1f} times as long at the 95th percentile, without any facet. One worker brings "
        f"{figures.changes_per_second:,.0f} listings a second up to date, and {figures.changes_per_second_beside:,.0f} "
        f"of {CHANGES} asked for while searches run."
    )
    Console(highlight=False).print(table)
