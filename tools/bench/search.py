"""`./plaza bench search`: the speed of search in the running Plaza, compared with a plain text search."""

import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from itertools import groupby
from multiprocessing import get_context
from operator import itemgetter
from statistics import quantiles
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.domain.search import queries, service
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from tools.bench import dataset, report
from tools.bench.report import Measurement

QUERIES = 400
ILIKE_QUERIES = 20
FULL_TEXT_QUERIES = 3  # each takes minutes, to parse the text of a million listings
CHANGES_PER_SECOND = 500  # per second, during searches
CHANGES_WITHOUT_LOAD = 3000
JOB_SIZE = 500  # listings that one job reindexes
ILIKE_SQL = text("""
SELECT listing.id, count(*) OVER () FROM listing
WHERE status = 'published' AND (title ILIKE :like OR description ILIKE :like) ORDER BY created_at DESC LIMIT 24""")
FULL_TEXT_SQL = text("""
SELECT listing.id, count(*) OVER () FROM listing
WHERE status = 'published' AND to_tsvector('english', title || ' ' || description) @@ plainto_tsquery('english', :words)
ORDER BY created_at DESC LIMIT 24""")
SELECT_CHANGED = text("SELECT DISTINCT shop_id, listing_id FROM variant ORDER BY 1, 2 LIMIT 20000")
SELECT_TITLES = text("SELECT card->>'title' FROM listing_search ORDER BY md5(listing_id::text) LIMIT 3000")
COUNT_LISTINGS = text("SELECT count(*) FROM listing_search")
_WORD = re.compile(r"[a-z]{3,}")


class Latencies(BaseModel):
    """Milliseconds of a search, including facets and count."""

    model_config = ConfigDict(frozen=True)

    name: str
    p50: float
    p95: float
    p99: float


class SearchResults(BaseModel):
    """The results; `ratio` is the p95 of ILIKE as a multiple of Plaza's, both one at a time."""

    model_config = ConfigDict(frozen=True)

    listings: int
    queries: int
    runs: list[Latencies]
    ratio: float
    changes_per_second: float  # reindexed by one worker without other load
    changes_per_second_beside: float  # reindexed out of CHANGES_PER_SECOND, during searches


def search(
    listings: Annotated[
        int | None, typer.Option(min=1, help="Search a copy of this Plaza with this many listings.")
    ] = None,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Run visitors' queries (common and rare words, typos, prefixes, filters), cold, warm and four at a time."""
    require_services(data)
    with db.reading() as session:
        count = int(session.execute(COUNT_LISTINGS).scalar_one())
    if not count:
        raise CommandError("There are no listings to search; create some with ./plaza seed.")
    start = report.begin(record=record)
    with dataset.copy_of_size(listings) if listings else nullcontext():
        results = _measure()
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def query_log(titles: Sequence[str], rng: random.Random) -> list[SearchQuery]:
    """Typical queries from the words of real titles; the first words are far more frequent."""
    words_by_title = [words(title) for title in titles]
    counts: dict[str, int] = {}
    for word in (word for found in words_by_title for word in found):
        counts[word] = counts.get(word, 0) + 1
    common_words = sorted(counts, key=lambda word: -counts[word])[:20]
    filters: tuple[dict[str, object], ...] = (
        {},
        {},
        {"in_stock": True},
        {"price_max": 5000},
        {"facets": {"colour": ("Oat",)}},
        {"category": "clothing"},
    )
    return [
        SearchQuery.model_validate(
            {"q": _query_text(rng, common_words, [found for found in words_by_title if found]), **rng.choice(filters)}
        )
        for _ in range(QUERIES)
    ]


def words(title: str) -> list[str]:
    """The words of a title in lower case that a visitor would type."""
    return _WORD.findall(title)


def _query_text(rng: random.Random, common_words: Sequence[str], titles: Sequence[list[str]]) -> str:
    kind = rng.random()
    title = rng.choice(titles)
    if kind < 0.4:
        return common_words[min(int(rng.expovariate(0.25)), len(common_words) - 1)]
    if kind < 0.6:
        return " ".join(title[:2])
    if kind < 0.8:
        word = max(title, key=len)
        index = rng.randrange(1, len(word) - 1)
        return word[:index] + word[index + 1 :]
    return f"{title[0]} {title[-1][: rng.randrange(2, 4)]}"


def _measure() -> SearchResults:
    with db.reading() as session:
        count = int(session.execute(COUNT_LISTINGS).scalar_one())
        titles = [str(title).lower() for title in session.execute(SELECT_TITLES).scalars()]
    search_queries = query_log(titles, random.Random(7))
    cold = _time_queries("first time", search_queries, _run_search, concurrency=1)
    warm = _time_queries("again", search_queries, _run_search, concurrency=1)
    four = _time_queries("again, four at a time", search_queries, _run_search, concurrency=4)
    ilike = _time_queries("ILIKE over all text", search_queries[:ILIKE_QUERIES], _run_ilike, concurrency=1)
    full_text = _time_queries(
        "to_tsvector of all text", search_queries[:FULL_TEXT_QUERIES], _run_full_text, concurrency=1
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        rate_without_load = worker.submit(reindex_listings, count=CHANGES_WITHOUT_LOAD, per_second=None).result()
        change_job = worker.submit(reindex_listings, count=CHANGES_PER_SECOND * 10, per_second=CHANGES_PER_SECOND)
        under_load = _time_queries(
            f"four at a time, beside {CHANGES_PER_SECOND} changes/s", search_queries, _run_search, concurrency=4
        )
        rate_under_load = change_job.result()
    return SearchResults(
        listings=count,
        queries=len(search_queries),
        runs=[cold, warm, four, under_load, ilike, full_text],
        ratio=round(ilike.p95 / warm.p95, 1),
        changes_per_second=round(rate_without_load, 1),
        changes_per_second_beside=round(rate_under_load, 1),
    )


def reindex_listings(*, count: int, per_second: int | None) -> float:
    """Reindex listings as the search worker does, at most this many per second; return their number."""
    with db.reading() as session:
        ids = [(row.shop_id, row.listing_id) for row in session.execute(SELECT_CHANGED)]
    started = time.perf_counter()
    for offset in range(0, count, JOB_SIZE):
        with db.writing() as session:
            batch = [ids[(offset + index) % len(ids)] for index in range(min(JOB_SIZE, len(ids)))]
            for shop_id, group in groupby(batch, key=itemgetter(0)):
                listing_ids = [listing_id for _, listing_id in group]
                service.reindex(session, shop_id=shop_id, listing_ids=listing_ids, now=utc_now())
        if per_second:
            time.sleep(max(0.0, started + (offset + JOB_SIZE) / per_second - time.perf_counter()))
    return count / (time.perf_counter() - started)


def _time_queries(
    name: str, search_queries: Sequence[SearchQuery], run_query: Callable[[SearchQuery], None], *, concurrency: int
) -> Latencies:
    def time_one(search_query: SearchQuery) -> float:
        started = time.perf_counter()
        run_query(search_query)
        return 1000 * (time.perf_counter() - started)

    with ThreadPoolExecutor(concurrency) as pool:
        cuts = quantiles(pool.map(time_one, search_queries), n=100, method="inclusive")
    return Latencies(name=name, p50=round(cuts[49], 2), p95=round(cuts[94], 2), p99=round(cuts[98], 2))


def _run_search(search_query: SearchQuery) -> None:
    with db.reading() as session:
        queries.results(session, search_query=search_query)


def _run_ilike(search_query: SearchQuery) -> None:
    with db.reading() as session:
        session.execute(ILIKE_SQL, {"like": f"%{search_query.q}%"}).all()


def _run_full_text(search_query: SearchQuery) -> None:
    with db.reading() as session:
        session.execute(FULL_TEXT_SQL, {"words": search_query.q}).all()


def _measurements(results: SearchResults) -> list[Measurement]:
    first, again, concurrent, beside_changes, _, full_text = results.runs
    return [
        Measurement(key="search.first", text=_latency_text(first)),
        Measurement(key="search.again", text=_latency_text(again)),
        Measurement(key="search.concurrent", text=_latency_text(concurrent), value=concurrent.p95),
        Measurement(key="search.beside_changes", text=_latency_text(beside_changes), value=beside_changes.p95),
        Measurement(key="search.ratio", text=f"{results.ratio:,.0f}"),
        Measurement(key="search.full_text", text=f"{full_text.p50 / 1000:,.1f} / {full_text.p95 / 1000:,.1f} s"),
        Measurement(key="search.changes", text=f"{results.changes_per_second:,.0f}"),
        Measurement(key="search.changes_beside", text=f"{results.changes_per_second_beside:,.0f}"),
    ]


def _latency_text(run: Latencies) -> str:
    return f"{run.p50:,.1f} / {run.p95:,.1f} / {run.p99:,.1f} ms"


def _print_table(results: SearchResults) -> None:
    title = f"{results.queries} queries over {results.listings:,} listings, with facets and counts, in milliseconds"
    table = Table("", "p50", "p95", "p99", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for run in results.runs:
        table.add_row(run.name, f"{run.p50:,.1f}", f"{run.p95:,.1f}", f"{run.p99:,.1f}")
    table.caption = (
        f"ILIKE takes {results.ratio:,.1f} times as long at the 95th percentile, without facets. One worker reindexes "
        f"{results.changes_per_second:,.0f} listings a second, and {results.changes_per_second_beside:,.0f} of "
        f"{CHANGES_PER_SECOND} changes a second while searches run."
    )
    Console(highlight=False).print(table)
