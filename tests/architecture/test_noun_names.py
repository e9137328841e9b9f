"""A noun has one name everywhere, so `git ls-files | grep` finds all of its files."""

import re

import pytest

from platform_app.domain.nouns import NOUNS
from platform_app.infra.settings import ROOT

# Names that belong to no noun, by surface.
OTHERS = {
    "platform_app/domain": "nouns shared sharding",
    "platform_app/rest": "api_groups app csp dependencies health middleware problems routers security_events",
    "platform_app/mail": "layout",
    "state": "core dev layout presenters studio",
    "pages": "components dev forms layout routes",
    "workers": "mail queues schedule subscriptions",
    "tests": "architecture bench conftest demo deploy drill e2e factories html infra isolation rest selection sharding shared stack state",
    "tests/e2e": "accessibility conftest cost first_load form_kit freshness hostile_events hydration journey lists pages processes scale "
    "sockets unsent_text users worker",
    "tests/rest": "api api_groups public_reads security_events unstorable_values",
    "platform_app/migrations/versions": "first_schema outbox-owner",
}
_DATE = re.compile(r"^\d{4}_\d\d_\d\d_\d{4}-")


def names_in(surface: str) -> set[str]:
    """The names of a surface's modules and packages, without their common prefixes."""
    paths = [path for path in (ROOT / surface).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {_DATE.sub("", path.stem.removeprefix("test_")) for path in paths if path.stem != "__init__"}


@pytest.mark.parametrize("surface", OTHERS)
def test_every_module_of_a_surface_is_named_after_its_noun(surface: str) -> None:
    of_nouns = re.compile(rf"^({'|'.join(NOUNS)})([_-]|$)")
    unknown = {name for name in names_in(surface) if not of_nouns.match(name)} - set(OTHERS[surface].split())
    assert unknown == set(), f"name them after their noun, such as {NOUNS[0]}_{min(unknown, default='')}"


@pytest.mark.parametrize("surface", OTHERS)
def test_the_list_of_other_names_is_current(surface: str) -> None:
    assert set(OTHERS[surface].split()) - names_in(surface) == set()


def test_every_noun_has_a_package_of_tests() -> None:
    assert [noun for noun in NOUNS if not (ROOT / "tests" / noun / "__init__.py").exists()] == []
    assert len(NOUNS) >= 11
