"""The scale benchmark runs real processes, pins them to cores, and computes the efficiency of a second process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from platform_app.infra.settings import ROOT
from tests.conftest import reset_all
from tests.e2e.conftest import seed
from tools.bench import scale, servers
from tools.bench.scale import ScaleResult

COMMAND = [sys.executable, "-m", "platform_app", "bench", "scale", "--seconds", "1", "--rounds", "1", "--users", "150"]


@pytest.fixture
def market(built: None, environment: None) -> Iterator[None]:
    seed()
    yield
    reset_all()


def scaled(processes: int, *, per_second: float, serving_ms: float, what: str = "events") -> ScaleResult:
    figures = {"p50": 1.0, "p95": 2.0, "data_ms": 0.1, "load_ms": 0.1, "busy": 1.0, "errors": {}}
    return ScaleResult(what=what, processes=processes, per_second=per_second, serving_ms=serving_ms, **figures)


def test_the_efficiency_compares_two_processes_with_twice_one() -> None:
    runs = [
        scaled(1, per_second=700, serving_ms=1.4),
        scaled(2, per_second=980, serving_ms=1.6),
        scaled(1, per_second=1, serving_ms=1, what="requests"),
    ]
    found = scale.efficiency(runs, "events")
    assert (found.measured, found.by_processor_time) == (0.7, 0.875)


def test_the_median_round_counts() -> None:
    tried = [scaled(1, per_second=rate, serving_ms=rate) for rate in (900, 100, 700)]
    assert scale.median_round(tried).per_second == 700


def test_every_thread_of_a_process_stays_on_its_core(built: None, environment: None) -> None:
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:2]
    try:
        with servers.run_servers("platform_app.main:api", count=len(cores)) as (_, served):
            scale.pin(served, cores=cores)
            affinities = [{frozenset(os.sched_getaffinity(each.id)) for each in one.threads()} for one in served]
        assert affinities == [{frozenset({core})} for core in cores]
        # Without a free core, the load generator may use all of them.
        assert os.sched_getaffinity(0) == set(cores)
        with servers.run_servers("platform_app.main:api", count=1) as (_, served):
            scale.pin(served, cores=cores)
            assert os.sched_getaffinity(0) == set(cores) - set(psutil.Process(served[0].pid).cpu_affinity() or [])
    finally:
        os.sched_setaffinity(0, before)


def test_the_benchmark_prints_results_for_one_and_two_processes_of_each_tier(market: None) -> None:
    done = subprocess.run([*COMMAND, "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    results = json.loads(done.stdout)["results"]
    assert [(run["what"], run["processes"], run["errors"]) for run in results["runs"]] == [
        (what, count, {}) for what in ("events", "requests") for count in (1, 2)
    ]
    assert min(run["per_second"] for run in results["runs"]) > 0
    for each in results["efficiency"]:
        one, two = (run for run in results["runs"] if run["what"] == each["what"])
        assert each["measured"] == round(two["per_second"] / (2 * one["per_second"]), 3)


def test_the_benchmark_without_listings_fails_with_advice() -> None:
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "There are no listings to browse; create some with ./plaza seed.\n")
