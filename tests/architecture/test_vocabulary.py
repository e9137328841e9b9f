"""Names that standard terms have replaced do not come back."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from platform_app.infra.settings import ROOT

PACKAGES = ("platform_app", "state", "pages", "workers", "tools")
# Replaced names, by the term that replaced them. No function, class or value has such a name.
REPLACED = {
    "the state manager's names": "KeptStates Unwritten let_go _Patient",
    "subscribe, invalidate, is_stale, resync_unread": "is_left make_up_for_lost_pokes pokes poke",
    "notify, show_message, set_values": "apologise tell told telling said asked mine news _news News",
    "_set_page, _set_failure, ZeroResultsView": "_turn _miss InsteadView",
    "sign_in, email_links": "door mailed",
    "branding, ShopImage": "faces Face ShopFace",
    "if_else": "either",
    "lock_stock, create_draft": "hold_stock",
    "inspect, release_file, _assign_category": "let_file_go _sorted_in begun",
    "typeahead, zero_results, common_attributes": "beginnings dead_ends habits Question Instead misses made_up",
    "DailyCounts": "Counted",
    "claim_price_drops, seed_categories, delete_orphan_pictures": "take_drops plant plant_categories drop_unshown",
    "background_engine": "background_engines",
    "failure_reason, _reap_dead_workers": "_bury_killed",
    "CommandError": "Refused",
    "create_bucket_and_table": "furnish",
}
# Replaced names of modules. No module of the packages has such a name.
REPLACED_MODULES = """
    keeping made assigning packets listening browsing live
    liking narrowing choosing notifying suggesting missing frame studio_frame door mailed mine faces sorting
    every one outcome upload uploader choice option notice crumbs
    joining holding codes credentials places texts telling beginnings dead_ends habits placement tables
    poke pokes connecting sealing sheets trail notes garbage wal document_text storage_form
    sending signing documents policy askers visitors rehearsal bench_guide bench_plain bench_market quality
    beside entrances redises record steps
""".split()


def words() -> dict[str, str]:
    return {name: term for term, names in REPLACED.items() for name in names.split()}


@pytest.fixture(scope="module")
def identifiers() -> dict[str, set[str]]:
    """Every identifier of the packages, and the files that use it."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                for identifier in (path.stem, *names_in(ast.parse(path.read_text()))):
                    found[identifier].add(name)
    return found


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(asname=str(name)):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


def test_no_replaced_name_is_used(identifiers: dict[str, set[str]]) -> None:
    assert len(identifiers) > 3000
    assert {
        f"{name}: say {term}": sorted(identifiers[name]) for name, term in words().items() if name in identifiers
    } == {}


def test_no_module_has_a_replaced_name() -> None:
    modules = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(modules) > 300
    assert [str(path) for path in modules if path.stem in REPLACED_MODULES] == []


def test_a_state_sets_values_by_the_names_of_its_variables() -> None:
    trees = {path: ast.parse(path.read_text()) for path in (ROOT / "state").rglob("*.py")}
    variables = {name for tree in trees.values() for name in assigned_in_classes(tree)}
    given = {
        f"{path.name}: {keyword.arg}": keyword.arg
        for path, tree in trees.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and called_name(call) in ("set_if_changed", "_set_values")
        for keyword in call.keywords
        if keyword.arg
    }
    assert len(given) > 40
    assert [location for location, name in given.items() if name not in variables] == []


def test_every_kind_of_name_is_found() -> None:
    source = "import a as mine\nclass News: ...\nasync def poke(told): ...\nsaid = asked\nx.trail = f(begun=1)\n"
    found = set(names_in(ast.parse(source)))
    assert {"mine", "News", "poke", "told", "said", "asked", "trail", "begun"} <= found


def assigned_in_classes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    yield statement.target.id


def called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
