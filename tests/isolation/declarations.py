"""The nouns' declarations about isolation: the optional module `isolation.py` in the tests of each."""

from importlib import import_module
from types import ModuleType

from platform_app.domain.nouns import NOUNS
from platform_app.infra.settings import ROOT


def modules() -> list[ModuleType]:
    """The declarations of every noun that has some."""
    having = [noun for noun in NOUNS if (ROOT / "tests" / noun / "isolation.py").exists()]
    return [import_module(f"tests.{noun}.isolation") for noun in having]


def declared(name: str) -> dict[str, str]:
    """What all nouns declare under this name: a route or a handler, and the reason."""
    found = [getattr(module, name, {}) for module in modules()]
    return {key: reason for each in found for key, reason in each.items()}
