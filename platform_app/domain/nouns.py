"""The nouns: every folder of the domain is one; there is no other registration."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pydantic import JsonValue

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


def _modules(name: str) -> dict[str, ModuleType]:
    """The module of this name of every noun that has it."""
    having = [noun for noun in NOUNS if list(FOLDER.glob(f"{noun}/{name}.py")) or (FOLDER / noun / name).is_dir()]
    return {noun: import_module(f"{__package__}.{noun}.{name}") for noun in having}
