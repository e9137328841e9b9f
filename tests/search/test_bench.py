"""The benchmark of search asks what there is."""

import json
import subprocess
import sys

import pytest

from platform_app.infra import db
from platform_app.infra.settings import ROOT
from tests.factories import make_listing, make_shop

pytestmark = pytest.mark.usefixtures("clean")
COMMAND = [sys.executable, "-m", "platform_app", "bench", "search", "--json"]


def test_it_prints_its_figures() -> None:
    with db.writing() as session:
        shop = make_shop(session)
        for number in range(40):
            make_listing(
                session, shop=shop, key=str(number), title=f"Stoneware mug in {'oat sage ink'.split()[number % 3]}"
            )
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert (figures["listings"], figures["queries"], len(figures["runs"])) == (40, 400, 4)
    assert min(run["p50"] for run in figures["runs"]) > 0


def test_too_few_listings_are_named() -> None:
    done = subprocess.run([*COMMAND, "--listings", "1000"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "There are 0 listings to search; ./plaza seed --listings 1000 makes more.\n"
