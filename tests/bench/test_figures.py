"""How a bar is judged, and that a recorded figure is the measured one."""

import subprocess
import sys
from pathlib import Path

import pytest

from platform_app.cli import bench
from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT
from tools.bench import calibration, figures, report
from tools.bench.calibration import Factor, Machine
from tools.bench.figures import Area, Bar, BarKind, Figure, Figures, Reference, Verdict
from tools.bench.report import Measurement, Start

REFERENCE = Machine(python_ms=10, json_ms=1, sockets_ms=4, postgresql_ms=2)
ROW = Figure(
    key="search.p95",
    what="p95",
    bar=Bar(kind=BarKind.TIME, limit=50, unit="ms"),
    figure="36 ms",
    value=36,
    command="./plaza bench search --listings 30",
    revision="2026-11-25",
)
KNOWN = Figures(
    reference=Reference(machine="two cores", revision="abc", parts=REFERENCE),
    areas=(Area(title="Search", note="Queries.", figures=(ROW, ROW.model_copy(update={"key": "search.other"}))),),
)


def started(command: str, *, factor: float = 2.0) -> Start:
    return Start(command=command, factor=Factor(value=factor, parts={}), revision="c0ffee1, 2026-11-30")


@pytest.mark.parametrize(
    ("kind", "value", "factor", "verdict"),
    [
        (BarKind.TIME, 50, 1.0, Verdict.MET),
        (BarKind.TIME, 51, 1.0, Verdict.MISSED),
        (BarKind.TIME, 100, 2.0, Verdict.MET),
        (BarKind.TIME, 40, 0.5, Verdict.MISSED),
        (BarKind.TIME, 50, None, Verdict.MET),
        (BarKind.TIME, 51, None, Verdict.UNDECIDED),
        (BarKind.RATE, 25, 2.0, Verdict.MET),
        (BarKind.RATE, 50, 0.5, Verdict.MISSED),
        (BarKind.SCORE, 49, 2.0, Verdict.UNDECIDED),
        (BarKind.SCORE, 49, 1.0, Verdict.MISSED),
        (BarKind.SCORE, 50, 2.0, Verdict.MET),
        (BarKind.MAXIMUM, 51, 2.0, Verdict.MISSED),
        (BarKind.MAXIMUM, 51, None, Verdict.MISSED),
        (BarKind.MINIMUM, 49, 2.0, Verdict.MISSED),
        (BarKind.MINIMUM, 50, None, Verdict.MET),
    ],
)
def test_a_bar_on_time_or_rate_is_scaled_by_the_factor(
    kind: BarKind, value: float, factor: float | None, verdict: Verdict
) -> None:
    assert figures.judge(Bar(kind=kind, limit=50), value, factor) is verdict


def test_the_factor_is_the_geometric_mean_of_the_parts() -> None:
    slow = Machine(python_ms=20, json_ms=2, sockets_ms=16, postgresql_ms=2)
    found = calibration.factor(slow, REFERENCE)
    assert found == Factor(value=2.0, parts={"python": 2.0, "json": 2.0, "sockets": 4.0, "postgresql": 1.0})
    assert calibration.describe(found) == (
        "Machine factor 2.00: this machine takes 2.00 times as long as the reference "
        "(python 2.00, json 2.00, sockets 4.00, postgresql 1.00)."
    )


def test_the_factor_ignores_a_missing_postgresql() -> None:
    fast = Machine(python_ms=5, json_ms=0.5, sockets_ms=2)
    found = calibration.factor(fast, REFERENCE)
    assert found == Factor(value=0.5, parts={"python": 0.5, "json": 0.5, "sockets": 0.5})
    assert calibration.describe(found).startswith(
        "Machine factor 0.50: this machine is 2.00 times as fast as the reference ("
    )


def test_every_part_of_the_calibration_measures_something() -> None:
    measured = calibration.measure()
    assert all(value and value > 0 for value in measured.model_dump().values()), measured


def test_a_recorded_figure_replaces_only_that_of_the_same_command() -> None:
    measured = [Measurement(key="search.p95", text="80 ms", value=80), Measurement(key="search.new", text="1")]
    after = report.record(KNOWN, started("./plaza bench search --data DIR --listings 30 --record"), measured)
    recorded, other = figures.all_figures(after)
    assert (recorded.figure, recorded.value, recorded.factor, recorded.revision) == (
        "80 ms",
        80,
        2.0,
        "c0ffee1, 2026-11-30",
    )
    assert other == figures.all_figures(KNOWN)[1]
    assert report.record(KNOWN, started("./plaza bench search --listings 31"), measured) == KNOWN


def test_saved_figures_load_unchanged(tmp_path: Path) -> None:
    data, page = tmp_path / "figures.json", tmp_path / "figures.md"
    figures.save(KNOWN, data=data, page=page)
    assert figures.load(data) == KNOWN
    assert page.read_text() == figures.render(KNOWN)
    assert page.read_text().endswith(
        "## Search\n\nQueries.\n\n"
        "| what | bar | figure | factor | command | revision |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| p95 | ≤ 50 ms | 36 ms | – | `./plaza bench search --listings 30` | 2026-11-25 |\n"
        "| p95 | ≤ 50 ms | 36 ms | – | `./plaza bench search --listings 30` | 2026-11-25 |\n"
    )


def test_the_page_shows_a_missed_bar() -> None:
    missed = ROW.model_copy(update={"figure": "120 ms", "value": 120, "factor": 2.0})
    page = figures.render(KNOWN.model_copy(update={"areas": (Area(title="Search", figures=(missed,)),)}))
    assert "| p95 | ≤ 50 ms | 120 ms (bar missed) | 2.00 |" in page


def test_a_bench_prints_bar_figure_factor_and_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "load", lambda: KNOWN)
    start = Start(command="./plaza bench search --listings 30", factor=Factor(value=2.0, parts={}), revision="")
    measured = [Measurement(key="search.p95", text="80 ms", value=80)]
    report.finish(start, [ROW], measured, print_table=lambda: print("table"), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "table"
    assert lines[1].startswith("Machine factor 2.00: ")
    assert lines[-1].split() == ["p95", "≤", "50", "ms", "80", "ms", "2.00", "40.0", "ms", "met"]
    short = Start(command="./plaza bench search", factor=start.factor, revision="")
    report.finish(short, [ROW], measured, print_table=lambda: None, as_json=False)
    *_, row, note = capsys.readouterr().out.splitlines()
    assert row.endswith("not comparable")
    assert note == "The bar is about ./plaza bench search --listings 30."


def test_a_measured_value_without_a_row_is_printed_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "load", lambda: KNOWN)
    measured = [Measurement(key="search.new", text="7 ms", value=7)]
    start = Start(command="./plaza bench search", factor=Factor(value=2.0, parts={}), revision="")
    report.finish(start, [ROW], measured, print_table=lambda: None, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == "search.new: 7 ms (docs/figures.json has no row for it)"


def test_a_figure_of_another_command_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["plaza", "bench", "pictures", "--photos", "1", "--record"])
    with pytest.raises(
        CommandError, match=r"^docs/figures\.json has no figure of this command; it has: \./plaza bench pictures\.$"
    ):
        report.begin(record=True)


def test_a_figure_is_not_recorded_while_files_have_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "figures.json").write_text("{}")
    git("add", ".")
    git("commit", "--quiet", "--message", "all")
    (tmp_path / "docs" / "figures.json").write_text("{ }")
    assert report.committed_revision(tmp_path).startswith(f"{git('rev-parse', '--short', 'HEAD')}, 20")
    (tmp_path / "code.py").write_text("")
    with pytest.raises(CommandError, match="commit your changes first"):
        report.committed_revision(tmp_path)


def test_bench_without_the_tools_fails_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    with pytest.raises(CommandError, match=r"^Benchmarks are not part of the image: run them from a checkout\.$"):
        bench.load()


def test_the_image_contains_no_tools() -> None:
    allowed = (ROOT / "deploy" / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert allowed[0] == "*"
    assert [line for line in allowed if line.startswith("!tools")] == []
