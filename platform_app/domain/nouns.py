"""The nouns: every folder of the domain is one; there is no other registration."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
SHARED = "shared"  # used by all nouns, not a noun itself
NOUNS: tuple[str, ...] = tuple(
    sorted(path.parent.name for path in FOLDER.glob("*/__init__.py") if path.parent.name != SHARED)
)


def load_models() -> tuple[ModuleType, ...]:
    """Import every noun's models, so that the metadata has all tables."""
    return tuple(import_module(f"{__package__}.{noun}.models") for noun in NOUNS if _has_models(noun))


def _has_models(noun: str) -> bool:
    return (FOLDER / noun / "models.py").exists() or (FOLDER / noun / "models" / "__init__.py").exists()
