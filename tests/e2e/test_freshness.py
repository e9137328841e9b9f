"""A new price shows everywhere, and the benchmark that measures the delay leaves no rows."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

from sqlalchemy import text

from platform_app.infra import db
from platform_app.infra.settings import ROOT


def test_a_new_price_reaches_every_surface(plaza: SimpleNamespace) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "platform_app", "bench", "freshness", "--rounds", "2", "--json"],
        cwd=ROOT,
        env={**os.environ, "PLAZA_PUBLIC_URL": plaza.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [each["surface"] for each in json.loads(done.stdout)["results"]] == [
        "listing, HTML",
        "listing, REST",
        "listing, open page",
        "search, HTML",
        "shop, HTML",
        "category, HTML",
        "search, REST",
    ]
    with db.reading() as session:
        assert session.execute(text("SELECT slug FROM shop WHERE slug LIKE 'bench-%'")).all() == []
