"""Every view counts once, whichever process is killed while a day is counted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import View
from platform_app.infra import db
from platform_app.stack.run import Run as Plaza
from tests.activity.helpers import KEY, TODAY, queue_count, view_store
from tests.factories import make_listing, make_shop
from tests.favourites.helpers import rows
from tests.imports import helpers

TIERS = {"activity": ["worker", "activity"], "clock": ["clock"]}
SHOPS, VISITORS = 64, 1_500  # enough work to interrupt; each visitor opens the one listing of each shop, twice


@pytest.fixture(scope="module")
def plaza() -> Iterator[Plaza]:
    """A Plaza of real processes with views that wait to be counted."""
    with tempfile.TemporaryDirectory(prefix="plaza-kill-") as folder:
        Path(folder).chmod(0o755)
        (data := Path(folder) / "data").mkdir()
        with helpers.plaza(data, tiers=TIERS) as run, helpers.settings_of(run):
            seed()
            yield run


def seed() -> None:
    with db.writing() as session:
        shops = [make_shop(session, slug=f"shop-{number}") for number in range(SHOPS)]
        mugs = [make_listing(session, shop=shop, indexed=False) for shop in shops]
        session.connection().exec_driver_sql("DELETE FROM outbox")  # nobody searches here
    visitors = [rules.visitor_digest(str(number), day=TODAY, key=KEY) for number in range(VISITORS)]
    for mug in mugs:
        views = [View(shop_id=mug.shop_id, listing_id=mug.id, day=TODAY, visitor=each) for each in visitors]
        for _ in range(2):
            view_store().put_many(rules.COLLECTION, views[0].partition, [(each.sort_key, each.value) for each in views])


@pytest.mark.parametrize("victim", ["activity", "postgres", "valkey-work"])
def test_every_view_counts_once_although_a_process_is_killed(plaza: Plaza, victim: str) -> None:
    with db.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM listing_day")
    queue_count()
    killed = helpers.child(plaza, victim)
    restarts = killed.restarts
    helpers.supervise_until(plaza, lambda: 0 < counted() < SHOPS)
    helpers.kill(killed)
    helpers.supervise_until(plaza, lambda: killed.restarts > restarts and counted() == SHOPS and helpers.is_idle(plaza))
    assert rows("SELECT DISTINCT views, favourites, day FROM listing_day") == [(VISITORS, 0, TODAY)]


def counted() -> int:
    """The number of shops whose views are counted so far."""
    return len(rows("SELECT shop_id FROM listing_day"))
