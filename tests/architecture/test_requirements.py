"""The pinned files agree: tests use the versions that Plaza runs on, and any installer can install them."""

from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from platform_app.infra.settings import ROOT


def pinned_requirements(name: str) -> dict[str, Requirement]:
    lines = (line for line in (ROOT / name).read_text().splitlines() if line[:1].isalnum())
    read = [Requirement(line.removesuffix(" \\")) for line in lines]
    return {canonicalize_name(pin.name): pin for pin in read}


def test_tests_use_the_same_versions_as_plaza() -> None:
    plaza, tests = pinned_requirements("requirements.txt"), pinned_requirements("requirements-dev.txt")
    assert {str(pin) for pin in plaza.values()} - {str(pin) for pin in tests.values()} == set()
    assert len(plaza) > 40


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_package_of_every_extra_is_pinned(name: str) -> None:
    pinned, checked = pinned_requirements(name), 0
    applicable = [pin for pin in pinned.values() if not pin.marker or pin.marker.evaluate()]
    for pin in applicable:
        for text in distribution(pin.name).requires or ():
            needed = Requirement(text)
            if needed.extras and (
                not needed.marker or any(needed.marker.evaluate({"extra": e}) for e in ("", *pin.extras))
            ):
                checked += 1
                assert needed.extras <= pinned[canonicalize_name(needed.name)].extras, f"{pin.name} needs {text}"
    assert checked, "no package needs another's extra: there is nothing to see here"
