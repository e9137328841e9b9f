"""The allowed imports, as contracts of import-linter built from the existing folders. Run it to check them."""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from importlinter.cli import lint_imports

from platform_app.infra.settings import ROOT

PACKAGES = ("platform_app", "pages", "state", "workers", "tools")
# A layer may import the layers below it; parts of one layer may not import each other.
LAYERS = (
    "tools",
    "platform_app.cli",
    "platform_app.main | platform_app.stack",
    "pages | platform_app.html",
    "state | workers | platform_app.rest",
    "platform_app.presenters",
    "platform_app.mail",
    "platform_app.domain",
    "platform_app.infra",
)
# The modules of a noun; any other name is an error.
NOUN_LAYERS = ("service", "events", "queries", "schemas", "models", "rules", "tags", "errors")
# Which nouns may import which, highest first. A noun not listed here is above all of these, and independent of others.
NOUN_ORDER = (
    ("activity",),
    ("favourites",),
    ("editing", "imports", "search"),
    ("sections",),
    ("catalog",),
    ("stock", "media"),
    ("shops",),
    ("notifications",),
    ("accounts",),
)
FRAMEWORKS = ("reflex", "fastapi", "starlette", "strawberry", "rq", "redis", "boto3")

Contract = Mapping[str, str | bool | Sequence[str]]


def contracts(root: Path, *, noun_order: Sequence[Sequence[str]] = NOUN_ORDER) -> list[Contract]:
    """The contracts for the nouns and packages below this folder."""
    nouns = _packages(root / "platform_app" / "domain", excluded={"shared"})
    return [
        {"name": "each layer imports only what is below it", "type": "layers", "layers": LAYERS},
        {
            "name": f"inside a noun: {', '.join(NOUN_LAYERS)}",
            "type": "layers",
            "containers": [_domain(noun) for noun in nouns],
            "layers": [f"({name})" for name in NOUN_LAYERS],
            "exhaustive": True,
        },
        {"name": "nouns form no cycles", "type": "layers", "layers": _noun_layers(nouns, noun_order)},
        _forbidden("tables never leave the domain", _outside_the_domain(root), _parts(root, nouns, "models")),
        _forbidden("the domain knows no web framework, queue, cache or object store", ["platform_app.domain"], FRAMEWORKS),
        {
            **_forbidden("first paint knows no state and no job", ["platform_app.html"], ["state", "workers"]),
            **_except("platform_app.html.frontend -> state.core.static_files"),
        },
        _forbidden(
            "presenters know no service, queries or infra",
            ["platform_app.presenters"],
            ["platform_app.infra", *FRAMEWORKS, *_parts(root, nouns, "service"), *_parts(root, nouns, "queries")],
        ),
        _forbidden(
            "pages draw: no service, no queries, no infra",
            ["pages"],
            ["platform_app.infra", *_parts(root, nouns, "service"), *_parts(root, nouns, "queries")],
        ),
        {
            "name": "the component kit knows no state",
            "type": "forbidden",
            "source_modules": ["pages.components"],
            "forbidden_modules": ["state", "platform_app"],
            **_except("pages.components.* -> state.core.browser"),
        },
    ]  # fmt: skip


def configuration(found: Sequence[Contract]) -> str:
    """The contracts in import-linter's format."""
    lines = ["[tool.importlinter]", f"root_packages = {json.dumps(PACKAGES)}", "include_external_packages = true"]
    for contract in found:
        lines += ["", "[[tool.importlinter.contracts]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in contract.items()]
    return "\n".join([*lines, ""])


def main() -> int:
    """Check the project; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contracts.toml"
        path.write_text(configuration(contracts(ROOT)))
        return lint_imports(config_filename=str(path), cache_dir=str(ROOT / ".import_linter_cache"), no_logo=True)


def _noun_layers(nouns: Sequence[str], noun_order: Sequence[Sequence[str]]) -> list[str]:
    listed = {noun for layer in noun_order for noun in layer}
    unlisted = [noun for noun in nouns if noun not in listed]
    layers = [layer for layer in (unlisted, *noun_order) if layer]
    return [" | ".join(_domain(noun) for noun in layer) for layer in layers] + [_domain("shared")]


def _outside_the_domain(root: Path) -> list[str]:
    """The packages that must not import models: all but the domain and the migrations."""
    package = root / "platform_app"
    inside = _packages(package, excluded={"domain", "migrations"})
    modules = sorted(path.stem for path in package.glob("*.py") if path.stem != "__init__")
    return [*(f"platform_app.{name}" for name in (*inside, *modules)), *PACKAGES[1:]]


def _parts(root: Path, nouns: Sequence[str], name: str) -> list[str]:
    """The modules of this name in all nouns that have one."""
    folder = root / "platform_app" / "domain"
    having = [
        noun
        for noun in nouns
        if list(folder.glob(f"{noun}/{name}.py")) or list(folder.glob(f"{noun}/{name}/__init__.py"))
    ]
    return [f"{_domain(noun)}.{name}" for noun in having]


def _forbidden(name: str, sources: Sequence[str], forbidden: Sequence[str]) -> Contract:
    """A contract about direct imports only."""
    return {
        "name": name,
        "type": "forbidden",
        "source_modules": sources,
        "forbidden_modules": forbidden,
        "allow_indirect_imports": True,
    }


def _except(adapter_import: str) -> Contract:
    """Allow the import of an adapter in state.core that wraps Reflex internals and holds no state."""
    return {"ignore_imports": [adapter_import], "unmatched_ignore_imports_alerting": "none"}


def _packages(folder: Path, *, excluded: set[str]) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/__init__.py") if path.parent.name not in excluded)


def _domain(name: str) -> str:
    return f"platform_app.domain.{name}"


if __name__ == "__main__":
    sys.exit(main())
