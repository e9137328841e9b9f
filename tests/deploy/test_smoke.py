"""The smoke test of a release before it gets visitors, on a release that works and on one that does not."""

import os
import subprocess
from types import SimpleNamespace

from platform_app.infra.settings import ROOT
from tests.deploy.conftest import EDGE_KEY


def run_smoke(market: SimpleNamespace, colour: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EDGE_KEY": EDGE_KEY, "SMOKE_CURL": "--insecure --retry 0"}
    command = ["bash", str(ROOT / "deploy" / "ci" / "smoke"), market.url, colour]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_working_release_passes(market: SimpleNamespace) -> None:
    completed = run_smoke(market, "blue")
    assert (completed.returncode, completed.stdout.splitlines()[-1]) == (0, "ok socket"), completed.stderr


def test_a_release_without_its_database_fails(market: SimpleNamespace) -> None:
    completed = run_smoke(market, "green")
    assert completed.returncode != 0
    assert "/healthz/ready does not say: ready" in completed.stderr
