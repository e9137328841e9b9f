"""The import rules follow the folders, and each rule finds the import that it forbids."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from platform_app.cli import import_rules
from platform_app.domain.nouns import NOUNS
from platform_app.infra.settings import ROOT

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(config_filename=sys.argv[1], cache_dir=None, no_logo=True))"
MODULES = (
    "tools/bench.py", "pages/orders.py", "pages/components/card.py", "state/orders.py", "workers/orders.py",
    "platform_app/main.py", "platform_app/cli/app.py", "platform_app/stack/up.py", "platform_app/html/pages.py",
    "platform_app/rest/orders.py", "platform_app/mail/orders.py", "platform_app/infra/db.py",
    "platform_app/demo/seed.py", "platform_app/domain/shared/money.py", "platform_app/presenters/orders.py",
    *(f"platform_app/domain/{noun}/{part}.py" for noun in ("orders", "refunds", "reviews")
      for part in ("errors", "rules", "models", "schemas", "queries", "service")),
)  # fmt: skip

FORBIDDEN = (  # the importing module, the imported one, and the beginning of the contract that forbids it
    ("platform_app/infra/db.py", "platform_app.domain.orders.rules", "each layer"),
    ("platform_app/domain/orders/service.py", "platform_app.mail.orders", "each layer"),
    ("platform_app/rest/orders.py", "state.orders", "each layer"),
    ("platform_app/rest/orders.py", "platform_app.html.pages", "each layer"),
    ("platform_app/html/pages.py", "pages.orders", "each layer"),
    ("platform_app/stack/up.py", "platform_app.cli.app", "each layer"),
    ("pages/orders.py", "tools.bench", "each layer"),
    ("platform_app/domain/orders/rules.py", "platform_app.domain.orders.models", "inside a noun"),
    ("platform_app/domain/reviews/schemas.py", "platform_app.domain.reviews.queries", "inside a noun"),
    ("platform_app/domain/refunds/rules.py", "platform_app.domain.orders.rules", "nouns form no cycles"),
    ("platform_app/domain/orders/rules.py", "platform_app.domain.reviews.rules", "nouns form no cycles"),
    ("platform_app/domain/shared/money.py", "platform_app.domain.refunds.rules", "nouns form no cycles"),
    ("state/orders.py", "platform_app.domain.reviews.models", "tables never leave the domain"),
    ("platform_app/demo/seed.py", "platform_app.domain.orders.models", "tables never leave the domain"),
    ("platform_app/main.py", "platform_app.domain.orders.models", "tables never leave the domain"),
    ("platform_app/domain/reviews/service.py", "fastapi", "the domain knows no web framework"),
    ("platform_app/html/pages.py", "state.orders", "first paint knows no state"),
    ("platform_app/presenters/orders.py", "platform_app.domain.orders.queries", "presenters know"),
    ("platform_app/presenters/orders.py", "platform_app.infra.db", "presenters know"),
    ("platform_app/presenters/orders.py", "state.orders", "each layer"),
    ("pages/orders.py", "platform_app.domain.reviews.queries", "pages draw"),
    ("pages/orders.py", "platform_app.domain.orders.service", "pages draw"),
    ("pages/orders.py", "platform_app.infra.db", "pages draw"),
    ("pages/components/card.py", "state.orders", "the component kit"),
)


def lint(root: Path, **added: str) -> subprocess.CompletedProcess[str]:
    """Check a small project: `orders` and, below it, `refunds` are old nouns, and `reviews` is a new one."""
    for name in MODULES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for path, text in added.items():
        (root / path).write_text(text)
    for folder in {parent for path in root.rglob("*.py") for parent in path.parents if root in parent.parents}:
        (folder / "__init__.py").touch()
    found = import_rules.contracts(root, noun_order=(("orders",), ("refunds",)))
    (root / "contracts.toml").write_text(import_rules.configuration(found))
    command = [sys.executable, "-c", LINT, str(root / "contracts.toml")]
    return subprocess.run(command, cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)


def test_a_project_without_violations_passes(tmp_path: Path) -> None:
    allowed = "import platform_app.domain.orders.queries\nimport platform_app.domain.reviews.rules\n"
    checked = lint(tmp_path, **{"platform_app/domain/reviews/service.py": allowed, "state/orders.py": allowed})
    assert checked.returncode == 0, checked.stdout
    assert f"{len(import_rules.contracts(tmp_path))} kept, 0 broken" in checked.stdout


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a project that breaks each rule."""
    added: dict[str, str] = {}
    for path, imported, _ in FORBIDDEN:
        added[path] = added.get(path, "") + f"import {imported}\n"
    return lint(tmp_path_factory.mktemp("project"), **added).stdout


@pytest.mark.parametrize(("path", "imported", "contract"), FORBIDDEN)
def test_a_forbidden_import_is_found(checked: str, path: str, imported: str, contract: str) -> None:
    importer = path.removesuffix(".py").replace("/", ".")
    reports = re.split(r"^([^\n]+)\n-+\n", checked, flags=re.MULTILINE)
    of_contract = [
        text for heading, text in zip(reports[1::2], reports[2::2], strict=True) if heading.startswith(contract)
    ]
    assert [text for text in of_contract if f"{importer} -> {imported}" in text] != [], checked


def test_a_noun_has_only_modules_that_the_rules_know(tmp_path: Path) -> None:
    report = lint(tmp_path, **{"platform_app/domain/reviews/helpers.py": ""}).stdout
    assert "inside a noun" in report
    assert "platform_app.domain.reviews.helpers" in report


def test_two_new_nouns_do_not_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "platform_app" / "domain" / "wishes").mkdir(parents=True)
    checked = lint(tmp_path, **{"platform_app/domain/wishes/rules.py": "import platform_app.domain.reviews.rules\n"})
    assert "nouns form no cycles BROKEN" in checked.stdout


def test_every_noun_of_the_project_is_in_the_rules() -> None:
    text = import_rules.configuration(import_rules.contracts(ROOT))
    for noun in NOUNS:
        parts = {path.stem for path in (ROOT / "platform_app" / "domain" / noun).iterdir()} - {
            "__init__",
            "__pycache__",
        }
        assert parts <= set(import_rules.NOUN_LAYERS)
        for part in parts & {"models", "queries", "service"}:
            assert f'"platform_app.domain.{noun}.{part}"' in text
    ordered = {noun for layer in import_rules.NOUN_ORDER for noun in layer}
    assert ordered - set(NOUNS) == set()
