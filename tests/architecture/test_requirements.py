"""The two pinned files agree: what tests run on is what Plaza runs on."""

from platform_app.infra.settings import ROOT


def pins(name: str) -> set[str]:
    return {
        line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line and line[:1].isalnum()
    }


def test_everything_plaza_runs_on_is_installed_for_its_tests_in_the_same_version() -> None:
    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()
    assert len(pins("requirements.txt")) > 40
