"""The nouns: a noun is a folder of the domain, and nothing else registers it."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
SHARED = "shared"  # what all nouns use; it is no noun
NOUNS: tuple[str, ...] = tuple(
    sorted(path.parent.name for path in FOLDER.glob("*/__init__.py") if path.parent.name != SHARED)
)


def load_models() -> tuple[ModuleType, ...]:
    """Import the tables of every noun, so that the metadata is complete."""
    return tuple(import_module(f"{__package__}.{noun}.models") for noun in NOUNS if _has_models(noun))


def _has_models(noun: str) -> bool:
    return (FOLDER / noun / "models.py").exists() or (FOLDER / noun / "models" / "__init__.py").exists()
