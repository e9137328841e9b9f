"""How a failover drill compares its log with the database: acknowledged writes count, unanswered ones may be either."""

from pathlib import Path

import pytest

from tools.drill.timeline import Observation, recovery_seconds
from tools.drill.verification import VerificationReport
from tools.drill.write_log import Outcome, WriteKind, WriteLog, expected_values

A, R, U = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("written", "allowed"),
    [
        ([], {"0"}),
        ([("1", A)], {"1"}),
        ([("1", U)], {"0", "1"}),
        ([("1", U), ("1", A), ("0", A)], {"0"}),
        ([("1", A), ("0", U), ("0", U)], {"0", "1"}),
        ([("1", A), ("0", R)], {"1"}),
    ],
)
def test_the_last_acknowledged_write_decides_the_expected_value(
    tmp_path: Path, written: list[tuple[str, Outcome]], allowed: set[str]
) -> None:
    write_log = WriteLog(tmp_path / "write_log.db")
    for value, answer in written:
        write_log.log_outcome(write_log.log_sent(WriteKind.LIKE, actor="ada", target="mug", value=value), answer)
    values, last = expected_values(list(write_log.entries(WriteKind.LIKE)), initial="0")
    assert values == allowed
    assert (last is None) == (A not in [answer for _, answer in written])
    write_log.close()


def test_a_lost_write_is_reported_for_the_scenario_that_acknowledged_it(tmp_path: Path) -> None:
    write_log = WriteLog(tmp_path / "write_log.db")
    for scenario, value in (("switch", "1"), ("failover", "0"), ("failover", "1")):
        write_log.scenario = scenario
        write_log.log_outcome(write_log.log_sent(WriteKind.LIKE, actor="ada", target="mug", value=value), A)
    report, entries = VerificationReport(), list(write_log.entries(WriteKind.LIKE))
    report.compare("mug", entries, "1", initial="0")
    assert not report.lost
    report.compare("mug", entries, "0", initial="0")
    assert report.lost == {"failover": ["like mug: ['1'] was written, 0 is stored"]}
    assert report.looked_up == {WriteKind.LIKE: 2}
    write_log.close()


def test_a_recovery_lasts_from_the_first_failure_to_the_first_success_after_the_last() -> None:
    observations = [
        Observation("write", 0.0, 0.1),
        Observation("write", 1.0, 1.1, "502"),
        Observation("write", 2.0, 2.2),
        Observation("write", 3.0, 3.1, "503"),
        Observation("write", 2.5, 6.0),  # began before the last failure
        Observation("write", 4.0, 4.5),
        Observation("page", 5.0, 5.1),
    ]
    assert recovery_seconds(observations, "write") == 3.5
    assert recovery_seconds(observations, "page") == 0.0
    assert recovery_seconds(observations[:4], "write") == float("inf")
