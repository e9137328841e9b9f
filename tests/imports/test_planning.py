"""Imports are planned well without statistics: they read rows in proportion to their size."""

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import PictureInput
from platform_app.domain.imports import queries
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.factories import NOW, make_draft, make_shop
from tests.imports.helpers import import_file

pytestmark = pytest.mark.usefixtures("clean", "one_turn")
READ = text("""
SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname IN ('listing', 'variant', 'stock')""")
FILLED = ("listing", "variant", "stock", "picture", "listing_picture")
_NAMES = ", ".join(f"'{name}'" for name in (*FILLED, "import_row", "import_change"))
READ_ALL = text(f"""
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
WHERE relname IN ({_NAMES}) AND relname NOT LIKE 'import%'""")
ROWS_KNOWN = text(f"SELECT relname, reltuples FROM pg_class WHERE relname IN ({_NAMES})")
# As in a database that has just been migrated.
FORGET_STATISTICS = text(f"""
WITH emptied AS (DELETE FROM pg_statistic USING pg_class WHERE starelid = pg_class.oid AND relname IN ({_NAMES}))
UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname IN ({_NAMES})""")


@pytest.mark.parametrize("batch_size", [400, 50])
def test_an_import_reads_rows_in_proportion_to_its_size_without_statistics(
    session: db.WriteSession, batch_size: int
) -> None:
    many = [make_draft(key=f"jug-{number}", title=f"Jug {number}") for number in range(400)]
    known, new = make_shop(session, slug="known"), make_shop(session, slug="fresh")
    catalog_service.save_many(session, shop=known, inputs=many, reason=Reason.IMPORT, now=NOW)
    session.execute(text("ANALYZE listing, variant, stock"))
    before = session.execute(READ).scalar_one()
    for first in range(0, 400, batch_size):
        drafts = many[first : first + batch_size]
        catalog_service.save_many(session, shop=new, inputs=drafts, reason=Reason.IMPORT, now=NOW)
    # A plan that scans all of the shop's rows for each foreign key would read 80,000. The two statements that look for
    # the batch's keys and slugs scan them once: these statistics take the shop for an empty one. In a shop of 20,000
    # listings that is a sixth of the time of a batch of 200; PostgreSQL's next ANALYZE ends it.
    in_shop_before = sum(range(0, 400, batch_size))
    assert session.execute(READ).scalar_one() - before < 400 * 5 + 2 * in_shop_before


def test_a_first_import_is_planned_by_what_it_has_written_itself() -> None:
    with db.writing() as session:
        session.execute(FORGET_STATISTICS)
    rows = [f"jug-{number},Jug {number},10,https://pictures.example/{number}.jpg" for number in range(5000)]
    run = import_file("\n".join(["key,title,price,image_urls", *rows]).encode())
    assert (run.rows, run.created) == (5000, 5000)
    with db.writing() as session:
        known = {row.relname: row.reltuples for row in session.execute(ROWS_KNOWN)}
        found = queries.picture_counts(session, run=run)
        read = session.execute(READ_ALL).scalar_one()
    assert (found.pending, found.ready, found.failed) == (5000, 0, 0)
    assert read <= 5000 * 5  # a plan that reads a table again for each row would read 25,000,000
    assert sorted(known) == sorted([*FILLED, "import_row", "import_change"])
    # Tables are analyzed when they have grown by a fifth and ten pages, which in a narrow table are many rows.
    assert all(2500 <= count <= 5500 for count in known.values()), known


def test_reading_the_pictures_of_an_import_does_not_depend_on_statistics(session: db.WriteSession) -> None:
    drafts = [
        make_draft(key=f"jug-{number}", pictures=(PictureInput(source=f"https://pictures.example/{number}.jpg"),))
        for number in range(1000)
    ]
    known, fresh = make_shop(session, slug="known"), make_shop(session, slug="fresh")
    catalog_service.save_many(session, shop=known, inputs=drafts[:1], reason=Reason.IMPORT, now=NOW)
    session.execute(text("ANALYZE listing, picture, listing_picture"))  # they know a table of one row, of another shop
    catalog_service.save_many(session, shop=fresh, inputs=drafts, reason=Reason.IMPORT, now=NOW)
    session.execute(
        text("SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true)")
    )
    before = session.execute(READ_ALL).scalar_one()
    sources = catalog.picture_sources(session, shop_id=fresh.id, keys=[draft.key for draft in drafts])
    assert sorted(sources) == sorted(draft.pictures[0].source for draft in drafts)
    assert session.execute(READ_ALL).scalar_one() - before <= 3 * 1001
