"""Every small file of `data/cases`, imported by the real job into an empty shop, with its whole outcome.

`data/outcomes.txt` has them: the options of the import, then a line per listing, refused line, remark and column that
is not imported. What a second file does to a stored listing is tested in `test_merging.py`.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.shared.money import format_decimal
from platform_app.domain.shops import service as shops
from platform_app.infra import db
from tests.factories import NOW
from tests.imports.helpers import import_file, listings, notes

DATA = Path(__file__).parent / "data"
CASES = DATA / "cases"
TREE = [
    ("kitchen-pantry", "Kitchen & pantry", None, 0, ""),
    ("mugs", "Mugs", "kitchen-pantry", 0, ""),
    ("jewellery", "Jewellery", None, 1, ""),
    ("clothing", "Clothing", None, 2, ""),
    ("shoes", "Shoes", "clothing", 0, ""),
    ("hats-scarves", "Hats & scarves", "clothing", 1, ""),
    ("sale", "Sale", None, 3, ""),
]
_LONG = 60  # characters that are shown of a text


def expected() -> dict[str, tuple[dict[str, str], list[str]]]:
    """By file: the options of its import, and the lines of its outcome."""
    found: dict[str, tuple[dict[str, str], list[str]]] = {}
    lines: list[str] = []
    for line in (DATA / "outcomes.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name, *options = shlex.split(line.removeprefix("== "))
            lines = []
            found[name] = dict(option.split("=", 1) for option in options), lines
        elif line:
            lines.append(line)
    return found


def test_every_case_has_an_outcome() -> None:
    assert sorted(expected()) == sorted(path.name for path in CASES.iterdir())


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_case_is_imported_as_it_should_be(name: str) -> None:
    options, lines = expected()[name]
    assert list(described(imported(name, options))) == lines


def imported(name: str, options: dict[str, str]) -> Run:
    """The import of a case into a shop with the given currency, by the given mapping and encoding."""
    currency, encoding = options.get("currency", "USD"), options.get("encoding", "")
    pairs = ((field, column) for field, column in options.items() if field not in ("currency", "encoding"))
    with db.writing() as session:
        catalog_service.seed_categories(session, tree=TREE)
        shops.get_or_create(session, slug="clay-and-co", now=NOW, currency=currency)
    body = (CASES / name).read_bytes()
    return import_file(body, mapping=plaza.number_fields(pairs), encoding=encoding)


def described(run: Run) -> Iterator[str]:
    """The outcome in lines."""
    if run.state is not RunState.FINISHED:
        yield f"{run.state}: {run.message}"
        return
    for listing in listings(run):
        yield from _listing(listing)
    for line, note in sorted(notes(run).items()):
        yield f"{line} refused: {note}"
    remarks = {line: note for line, note in sorted(notes(run, Outcome.CREATED).items()) if note}
    yield from (f"{line} remark: {note}" for line, note in remarks.items())
    if run.ignored_columns:
        yield f"not imported: {', '.join(run.ignored_columns)}"


def _listing(listing: Listing) -> Iterator[str]:
    content = catalog.to_input(listing)
    facts = [content.status.value, content.condition.value, content.category or "-"]
    facts += [f"tags {' + '.join(content.tags)}"] if content.tags else []
    facts += [f"{name}: {value}" for name, value in content.attributes.items()]
    facts += [_short(picture.source) for picture in content.pictures]
    facts += [_short(repr(content.description))] if content.description else []
    yield f"{_short(content.key)} | {_short(content.title)} | {' | '.join(facts)}"
    for variant in content.variants:
        was = f" (was {format_decimal(variant.compare_at, listing.currency)})" if variant.compare_at else ""
        choice = ", ".join(f"{name} {value}" for name, value in zip(content.options, variant.choice, strict=True))
        stock = "unlimited" if variant.quantity is None else str(variant.quantity)
        extras = [text for text in (_short(variant.sku), variant.barcode, variant.weight, variant.measure) if text]
        facts = [f"{format_decimal(variant.price, listing.currency)}{was}", stock, *extras]
        yield f"  {choice or '-'} | {' | '.join(facts)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)})"
