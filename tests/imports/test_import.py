"""Imports from the file to the report: dry run, undo, and outages."""

import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.imports.errors import NothingToUndo
from platform_app.domain.imports.rules.states import BATCH_SIZE, REPORT_COLLECTION, Outcome, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.imports.service import operator
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, document_store, jobs, storage
from platform_app.infra.settings import ROOT, settings
from tests.factories import NOW
from tests.imports.helpers import count_rows, import_file, listings, notes, start, state, take_jobs

pytestmark = pytest.mark.usefixtures("clean", "one_turn")
DATA = Path(__file__).parent / "data"
SHOPIFY = (DATA / "shopify-apparel.csv").read_bytes()
WOOCOMMERCE = (DATA / "woocommerce-sample.csv").read_bytes()
PROGRESS = text("""
SELECT created + updated + unchanged + refused, (SELECT count(outcome) FROM import_row WHERE run_id = :run), rows
FROM import_run WHERE id = :run""")
TABLES = ("listing", "variant", "stock", "stock_movement", "picture", "listing_picture", "import_change")


def counts(run: Run) -> tuple[int, int, int, int, int]:
    """The numbers of rows, created, updated, unchanged and refused."""
    return run.rows, run.created, run.updated, run.unchanged, run.refused


def file_of(products: int, *, price: int = 10) -> bytes:
    """One-variant products in Plaza's own format."""
    rows = [f"jug-{number:04},Stoneware jug {number},{price},5" for number in range(products)]
    return "\n".join(["key,title,price,quantity", *rows, ""]).encode()


def undone(run: Run) -> Run:
    """Undo an import by its real jobs."""
    with db.writing() as session:
        operator.undo(session, run_id=run.id, now=NOW)
    while state(run).state.is_active and (found := take_jobs("imports")):
        for job in found:
            if job.func_name == "workers.imports.undo":
                job.perform()
    return state(run)


def content(run: Run) -> dict[str, dict[str, object]]:
    """The shop's listings without ids, versions and times."""
    return {listing.key: catalog.to_input(listing).model_dump() for listing in listings(run)}


def change_price(listing: Listing, price: int) -> None:
    """Change a price as a seller does in the studio."""
    draft = catalog.to_input(listing)
    variants = tuple(variant.model_copy(update={"price": price}) for variant in draft.variants)
    with db.writing() as session:
        shop = shops.by_id(session, shop_id=listing.shop_id)
        drafts = [draft.model_copy(update={"variants": variants})]
        catalog_service.save_many(session, shop=shop, inputs=drafts, reason=Reason.EDIT, now=NOW)


def test_a_shopify_export_is_imported_completely_and_a_second_time_changes_nothing() -> None:
    first = import_file(SHOPIFY)
    assert (first.format, first.encoding, first.state) == ("shopify", "utf-8-sig", RunState.FINISHED)
    assert counts(first) == (22, 22, 0, 0, 0)
    before, tables = content(first), count_rows(first, *TABLES)
    second = import_file(SHOPIFY)
    assert counts(second) == (22, 0, 0, 22, 0)
    assert (content(second), count_rows(second, *TABLES)) == (before, tables)
    assert [listing.version for listing in listings(second)] == [1] * first.products


def test_a_woocommerce_export_is_imported_except_for_rows_without_a_price() -> None:
    run = import_file(WOOCOMMERCE)
    assert (run.format, run.state) == ("woocommerce", RunState.FINISHED)
    assert counts(run) == (24, 22, 0, 0, 2)
    assert sorted(notes(run).values()) == [
        "a grouped product has no price; the products in it are imported separately",
        "an external product is sold on another site",
    ]
    assert counts(import_file(WOOCOMMERCE)) == (24, 0, 0, 22, 2)


def test_the_categories_of_an_export_match_ours() -> None:
    tree = [
        ("clothing", "Clothing", None, 0, "shirt"),
        ("t-shirts", "T-Shirts", "clothing", 0, "shirt"),
        ("music", "Music", None, 1, "disc"),
    ]
    with db.writing() as session:
        catalog_service.seed_categories(session, tree=tree)
    found = {listing.title: listing for listing in listings(import_file(WOOCOMMERCE))}
    assert found["T-Shirt"].category == "t-shirts"
    assert found["Hoodie"].category == "clothing"
    assert (found["Album"].category, found["Album"].tags) == ("music", ())
    assert (found["Belt"].category, found["Belt"].tags) == ("clothing", ())


def test_a_dry_run_reports_what_an_import_would_do_and_changes_nothing() -> None:
    run = import_file(file_of(3), dry_run=True)
    assert (run.dry_run, run.state) == (True, RunState.FINISHED)
    assert counts(run) == (3, 3, 0, 0, 0)
    assert count_rows(run, *TABLES) == (0,) * len(TABLES)
    first = import_file(file_of(3))
    before = listings(first)
    more_expensive = import_file(file_of(4, price=12), dry_run=True)
    assert counts(more_expensive) == (4, 1, 3, 0, 0)
    assert notes(more_expensive, Outcome.UPDATED) == {2: "variants", 3: "variants", 4: "variants"}
    assert listings(first) == before
    with pytest.raises(NothingToUndo):
        undone(more_expensive)
    assert listings(first) == before


def test_a_mapping_is_stored_for_the_shops_next_file_with_the_same_columns() -> None:
    body = b"Product Name,Cost,Colour\nMug,10,blue\n"
    assert import_file(body).state is RunState.REFUSED
    assert counts(import_file(body, mapping={"title": "Product Name", "price": "Cost"})) == (1, 1, 0, 0, 0)
    again = import_file(body.replace(b"10", b"11"))
    assert (counts(again), again.mapping) == ((1, 0, 1, 0, 0), {"title": "Product Name", "price": "Cost"})
    assert import_file(body.replace(b"Colour", b"Weight")).state is RunState.REFUSED
    assert import_file(body, slug="another-shop").state is RunState.REFUSED


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"title": "Product Name"}, "The mapping has no column for price."),
        (
            {"title": "Product Name", "price": "Price"},
            "The file has no column named Price. It has: Product Name, Cost.",
        ),
    ],
)
def test_an_invalid_mapping_is_refused_with_the_reason(mapping: dict[str, str], reason: str) -> None:
    run = import_file(b"Product Name,Cost\nMug,10\n", mapping=mapping)
    assert (run.state, run.message, counts(run)) == (RunState.REFUSED, reason, (0, 0, 0, 0, 0))


def test_undo_removes_new_listings_and_restores_changed_ones() -> None:
    first = import_file(file_of(250))
    before = content(first)
    second = import_file(file_of(300, price=12))
    assert counts(second) == (300, 50, 250, 0, 0)
    back = undone(second)
    assert (back.state, back.restored, back.kept) == (RunState.UNDONE, 300, 0)
    assert content(first) == before
    assert count_rows(first, "listing", "variant", "stock") == (250, 250, 250)
    with pytest.raises(NothingToUndo):
        undone(second)
    assert content(first) == before
    gone = undone(first)
    assert (gone.state, gone.restored, gone.kept) == (RunState.UNDONE, 250, 0)
    assert count_rows(first, "listing", "variant", "stock", "listing_search") == (0, 0, 0, 0)


def test_undo_deletes_the_imports_pictures_that_are_no_longer_shown() -> None:
    earlier = import_file(b"key,title,price,image_urls\nold,Old mug,10,https://example.org/shared.jpg\n")
    run = import_file(
        b"key,title,price,image_urls\na,A mug,10,https://example.org/new.jpg\nb,B mug,10,https://example.org/shared.jpg\n"
    )
    assert count_rows(earlier, "picture") == (2,)
    undone(run)
    assert count_rows(earlier, "listing", "picture", "listing_picture") == (1, 1, 1)


def test_undo_keeps_and_counts_listings_that_have_changed_since() -> None:
    run = import_file(file_of(3))
    edited = listings(run)[1]
    change_price(edited, 777)
    back = undone(run)
    assert (back.state, back.restored, back.kept) == (RunState.UNDONE, 2, 1)
    assert [(left.key, left.variants[0].price) for left in listings(run)] == [(edited.key, 777)]


def test_two_concurrent_copies_of_the_job_import_each_row_once() -> None:
    run = start(file_of(1500))
    (job,) = take_jobs("imports")
    together = threading.Barrier(2)
    errors: list[Exception] = []

    def work() -> None:
        together.wait()
        try:
            job.perform()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    ended = state(run)
    assert (ended.state, counts(ended)) == (RunState.FINISHED, (1500, 1500, 0, 0, 0))
    found = count_rows(run, "listing", "variant", "stock", "stock_movement", "import_change", "import_row")
    assert found == (1500,) * 6
    with db.reading() as session:
        jobs = session.execute(text("SELECT job, count(*), count(done_at) FROM outbox GROUP BY job ORDER BY job")).all()
    assert [tuple(row) for row in jobs] == [
        ("catalog.ListingsChanged", 8, 0),
        ("catalog.ListingsPublished", 8, 0),
        ("workers.imports.archive", 1, 0),
        ("workers.imports.run", 1, 1),
    ]


def test_progress_adds_up_at_every_moment() -> None:
    rows = file_of(1000).decode().splitlines()
    rows[10] = "jug-0009,No price,,5"
    rows[300] = "jug-0299,Too,many,cells,here"
    run = start("\n".join(rows).encode())
    (job,) = take_jobs("imports")
    seen: set[tuple[int, int, int]] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            with db.reading() as session:
                seen.add(tuple(session.execute(PROGRESS, {"run": run.id}).one()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        job.perform()
    finally:
        over.set()
        watcher.join()
    with db.reading() as session:
        seen.add(tuple(session.execute(PROGRESS, {"run": run.id}).one()))
    # Reading the file refuses one row with too many cells; a batch is two hundred products.
    steps = {(0, 0, 0), (1, 1, 1000), *((done, done, 1000) for done in (201, 401, 601, 801, 1000))}
    assert seen <= steps
    assert (1000, 1000, 1000) in seen
    assert counts(state(run)) == (1000, 998, 0, 0, 2)


def test_the_report_moves_to_the_document_store_and_undo_still_works() -> None:
    run = import_file(file_of(3) + b"jug-9,No price,,5\n")
    before = {line: (outcome, note) for outcome in Outcome for line, note in notes(run, outcome).items()}
    (job,) = take_jobs("imports")
    job.perform()
    job.perform()  # a second copy of the job changes nothing
    assert (state(run).archived, count_rows(run, "import_row")) == (True, (0,))
    page = document_store.from_settings(settings(), db.engine()).page(
        REPORT_COLLECTION, str(run.id), after=None, limit=10
    )
    assert {row["line"]: (row["outcome"], row["note"]) for _, row in page.items} == before
    assert before == {2: ("created", ""), 3: ("created", ""), 4: ("created", ""), 5: ("refused", "price is empty")}
    assert (undone(run).restored, count_rows(run, "listing")) == (3, (0,))


@pytest.mark.parametrize(
    ("accident", "reason"),
    [
        (
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'",
            "disk is full",
        ),
        ("PERFORM pg_terminate_backend(pg_backend_pid())", "does not answer"),
    ],
)
def test_an_outage_during_a_batch_rolls_it_back_and_the_next_run_resumes(accident: str, reason: str) -> None:
    run = start(file_of(500))
    (job,) = take_jobs("imports")
    with breaking_off(accident, after=450), pytest.raises(db.DatabaseUnavailable, match=reason):
        job.perform()
    stopped = state(run)
    assert (stopped.state, stopped.next_product, counts(stopped)) == (RunState.RUNNING, 400, (500, 400, 0, 0, 0))
    assert count_rows(run, *TABLES) == (400, 400, 400, 400, 0, 0, 400)
    assert len(notes(run, Outcome.CREATED)) == 400
    job.perform()
    ended = state(run)
    assert (ended.state, counts(ended)) == (RunState.FINISHED, (500, 500, 0, 0, 0))
    assert count_rows(run, *TABLES) == (500, 500, 500, 500, 0, 0, 500)


def test_a_file_is_staged_by_the_next_run_after_the_disk_was_full() -> None:
    run = start(file_of(500))
    (job,) = take_jobs("imports")
    full = "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'"
    with breaking_off(full, after=300, table="import_row"), pytest.raises(db.DatabaseUnavailable, match="disk is full"):
        job.perform()
    assert (state(run).state, count_rows(run, "import_row", "listing")) == (RunState.QUEUED, (0, 0))
    job.perform()
    assert counts(state(run)) == (500, 500, 0, 0, 0)


def test_listings_of_one_title_get_different_slugs_over_all_batches() -> None:
    rows = [f"jug-{number:04},Mug,10,5" for number in range(450)]
    run = import_file("\n".join(["key,title,price,quantity", *rows, "jug-x,Mug 7,10,5", ""]).encode())
    assert counts(run) == (451, 451, 0, 0, 0)
    slugs = [listing.slug for listing in listings(run)]
    assert slugs == ["mug", *(f"mug-{number}" for number in range(2, 451)), "mug-7-2"]
    assert {listing.slug for listing in listings(import_file(b"key,title,price\nnew,Mug,10\n"))} == {*slugs, "mug-451"}


def test_the_benchmark_prints_its_figures_and_leaves_nothing_behind() -> None:
    command = [sys.executable, "-m", "platform_app", "bench", "import", "--rows", "500", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    results = json.loads(done.stdout)["results"]
    assert (results["rows"], results["products"], results["one_by_one_rows"]) == (500, 200, 500)
    assert min(results.values()) > 0
    with db.reading() as session:
        left = [
            session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in ("shop", "import_run", *TABLES)
        ]
        waiting = session.execute(text("SELECT count(*) FROM outbox WHERE job LIKE 'workers.imports.%'")).scalar()
    assert (left, waiting) == ([0] * (len(TABLES) + 2), 0)
    assert [found.key for found in storage.from_settings(settings()).list("imports/")] == []


@contextmanager
def breaking_off(accident: str, *, after: int, table: str = "stock_movement") -> Iterator[None]:
    """Let the database itself fail once a table has so many rows."""
    function = f"""CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM {table}) >= {after} THEN {accident}; END IF; RETURN NEW; END $$"""
    with db.writing() as session:
        session.execute(text(function))
        session.execute(text(f"CREATE TRIGGER b BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION break_off()"))
    try:
        yield
    finally:
        with db.writing() as session:
            session.execute(text("DROP FUNCTION break_off CASCADE"))


def test_a_long_import_and_its_undo_go_on_in_the_shops_next_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TURN_SECONDS", 0.0)
    run = start(file_of(700))
    turns = 0
    while state(run).state in (RunState.QUEUED, RunState.RUNNING):
        for job in take_jobs("imports"):
            job.perform()
            turns += 1
    assert (state(run).state, state(run).created) == (RunState.FINISHED, 700)
    assert turns == math.ceil(700 / BATCH_SIZE)
    back = undone(run)
    assert (back.state, back.restored, back.kept) == (RunState.UNDONE, 700, 0)
