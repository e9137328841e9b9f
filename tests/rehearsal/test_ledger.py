"""What a rehearsal holds against the database: acknowledged writes decide, unanswered ones may be either."""

from pathlib import Path

import pytest

from platform_app.cli.rehearsal.check import Verdict
from platform_app.cli.rehearsal.ledger import Answer, Kind, Ledger, expected
from platform_app.cli.rehearsal.timeline import Seen, recovery

A, R, U = Answer.ACKNOWLEDGED, Answer.REFUSED, Answer.UNKNOWN


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
def test_the_last_acknowledged_write_decides(
    tmp_path: Path, written: list[tuple[str, Answer]], allowed: set[str]
) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    for value, answer in written:
        ledger.answered(ledger.sent(Kind.LIKE, who="ada", what="mug", value=value), answer)
    values, last = expected(list(ledger.entries(Kind.LIKE)), first="0")
    assert values == allowed
    assert (last is None) == (A not in [answer for _, answer in written])
    ledger.close()


def test_what_is_not_there_is_lost_in_the_scenario_of_its_last_acknowledged_write(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    for scenario, value in (("switch", "1"), ("failover", "0"), ("failover", "1")):
        ledger.scenario = scenario
        ledger.answered(ledger.sent(Kind.LIKE, who="ada", what="mug", value=value), A)
    verdict, entries = Verdict(), list(ledger.entries(Kind.LIKE))
    verdict.compare("mug", entries, "1", first="0")
    assert not verdict.lost
    verdict.compare("mug", entries, "0", first="0")
    assert verdict.lost == {"failover": ["like mug: ['1'] was written, 0 is stored"]}
    assert verdict.looked_up == {Kind.LIKE: 2}
    ledger.close()


def test_a_recovery_lasts_from_the_first_failure_to_the_first_success_after_the_last() -> None:
    seen = [
        Seen("write", 0.0, 0.1),
        Seen("write", 1.0, 1.1, "502"),
        Seen("write", 2.0, 2.2),
        Seen("write", 3.0, 3.1, "503"),
        Seen("write", 2.5, 6.0),  # began before the last failure
        Seen("write", 4.0, 4.5),
        Seen("page", 5.0, 5.1),
    ]
    assert recovery(seen, "write") == 3.5
    assert recovery(seen, "page") == 0.0
    assert recovery(seen[:4], "write") == float("inf")
