"""The search benchmark searches for what the market has."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import text

from platform_app.infra import db
from platform_app.infra.settings import ROOT
from tests.factories import make_listing, make_shop
from tools.bench.figures import all_figures, load

pytestmark = pytest.mark.usefixtures("clean")
COMMAND = [sys.executable, "-m", "platform_app", "bench", "search", "--json"]


def test_the_benchmark_prints_its_figures() -> None:
    with db.writing() as session:
        shop = make_shop(session)
        for number in range(40):
            make_listing(
                session, shop=shop, key=str(number), title=f"Stoneware mug in {'oat sage ink'.split()[number % 3]}"
            )
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout)
    results = printed["results"]
    assert (results["listings"], results["queries"], len(results["runs"])) == (40, 400, 6)
    assert min(run["p50"] for run in results["runs"]) > 0
    assert list(printed["machine"]["parts"]) == ["python", "json", "sockets", "postgresql"]
    p95 = next(figure["value"] for figure in printed["figures"] if figure["key"] == "search.concurrent")
    assert p95 == results["runs"][2]["p95"]
    assert {figure["key"] for figure in printed["figures"]} <= {row.key for row in all_figures(load())}


def test_a_larger_market_is_a_temporary_copy() -> None:
    with db.writing() as session:
        make_listing(session, title="Stoneware mug in oat")
    done = subprocess.run([*COMMAND, "--listings", "30"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["results"]["listings"] == 30
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM listing_search")).scalar_one() == 1
        assert not session.execute(text("SELECT datname FROM pg_database WHERE datname LIKE 'plaza_bench%'")).all()


def test_the_benchmark_without_listings_fails_with_advice() -> None:
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "There are no listings to search; create some with ./plaza seed.\n")
