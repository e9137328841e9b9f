"""The nouns: every folder of the domain is one; there is no other registration."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Protocol, TypeVar

from pydantic import JsonValue


class Named(Protocol):
    """A value that is stored by its name."""

    @property
    def name(self) -> str:
        """Unique among the values of its type."""


Declared = TypeVar("Declared", bound=Named)
FOLDER = Path(__file__).parent
SHARED = "shared"  # used by all nouns, not a noun itself
NOUNS: tuple[str, ...] = tuple(
    sorted(path.parent.name for path in FOLDER.glob("*/__init__.py") if path.parent.name != SHARED)
)


def load_models() -> tuple[ModuleType, ...]:
    """Import every noun's models, so that the metadata has all tables."""
    return tuple(_modules("models").values())


def data_exports() -> dict[str, Callable[..., JsonValue]]:
    """How to read all that a noun stores about a user: the `export_data` of its queries, by noun."""
    return {noun: module.export_data for noun, module in _modules("queries").items() if hasattr(module, "export_data")}


def declared(kind: type[Declared]) -> dict[str, Declared]:
    """What the rules of all nouns declare of a type, such as the kinds of notifications, by name.

    ValueError if two have the same name.
    """
    found: dict[str, Declared] = {}
    for module in _rules():
        for each in vars(module).values():
            if isinstance(each, kind) and found.setdefault(each.name, each) is not each:
                raise ValueError(f'{module.__name__} declares the {kind.__name__} "{each.name}" a second time.')
    return found


def _rules() -> Iterator[ModuleType]:
    for module in _modules("rules").values():
        yield module
        for part in walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
            yield import_module(part.name)


def _modules(name: str) -> dict[str, ModuleType]:
    """The module of this name of every noun that has it."""
    having = [noun for noun in NOUNS if list(FOLDER.glob(f"{noun}/{name}.py")) or (FOLDER / noun / name).is_dir()]
    return {noun: import_module(f"{__package__}.{noun}.{name}") for noun in having}
