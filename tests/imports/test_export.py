"""A shop's export: importing it again changes nothing."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules import cells, plaza
from platform_app.domain.imports.rules.files import read_rows as rows_of
from platform_app.domain.imports.rules.readings import FileProfile, Reading
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.settings import settings
from tests.accounts.helpers import browsers
from tests.factories import NOW, make_draft, make_owner, make_shop
from tests.imports.helpers import import_file, listings

STORED = "content:" + "a" * 64
DEMO = "demo:mug-dusk-blue-0.webp"
WEB = "https://pictures.example/mug,blue|1.jpg"
INTRICATE = ListingInput(
    key="=mug, 1",
    title='@A "mug", blue',
    description='<p>One.</p>\r\n\r\nTwo, "three"\n',
    category=None,
    condition=Condition.GOOD,
    status=Status.DRAFT,
    tags=("blue, dark", 'say "hi"', "plain", "a|b"),
    attributes={"Brand": "Clay, Co", "Für: wen": "alle"},
    options=("=Size", "Colour"),
    variants=(
        VariantInput(
            choice=("S", "Blue"),
            price=1050,
            compare_at=2000,
            quantity=0,
            sku="-1",
            picture=WEB,
            barcode="4006381333931",
            weight="0.45 kg",
            measure="500 ml",
            base_measure="100 ml",
        ),
        VariantInput(choice=("L", "Blue"), price=5, quantity=None),
    ),
    pictures=(
        PictureInput(source=STORED, alt='Front, in "blue"'),
        PictureInput(source=DEMO),
        PictureInput(source=WEB),
        PictureInput(source="http://a.example/?b=1", alt=" spaced "),
    ),
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    with browsers() as (one,):
        yield one


def file_of(*drafts: ListingInput, currency: str = "USD") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(
        [plaza.EXPORT_FIELDS, *(line for each in drafts for line in plaza.export_lines(each, currency=currency))]
    )
    return text.getvalue().encode()


def read_back(draft: ListingInput, *, currency: str = "USD") -> ListingInput | None:
    header, rows = rows_of(io.BytesIO(file_of(draft, currency=currency)), encoding="utf-8")
    product = plaza.parse_product(list(rows), Reading(currency, NOW.date(), FileProfile(columns=tuple(header))))
    assert product.refused == {}
    return product.listing_input


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20), max_size=8))
def test_several_values_in_one_cell_are_read_back_unchanged(values: list[str]) -> None:
    assert cells.split_values(cells.join_values(values)) == values
    assert cells.split_values(cells.join_values(values), separators=",|\n") == values


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.text("'=-+@\t\r 1.,"))
def test_an_escaped_cell_is_no_formula_and_comes_back(cell: str) -> None:
    escaped = cells.escape_formula(cell)
    assert cells.unescape_formula(escaped) == cell
    assert escaped.strip()[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20") or re.fullmatch(r"[+-]?[0-9.,]+", cell)


@pytest.mark.parametrize(
    ("cell", "escaped"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("+49 30 1234", "'+49 30 1234"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\tx", "'\tx"),
        ("'=1", "''=1"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("+5", "+5"),
        ("'tis", "'tis"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_only_what_a_spreadsheet_would_run_is_escaped(cell: str, escaped: str) -> None:
    assert cells.escape_formula(cell) == escaped
    assert cells.unescape_formula(escaped) == cell


def test_hand_written_values_in_one_cell_are_read_too() -> None:
    assert cells.split_values(" blue ,, green,red ") == ["blue", "green", "red"]
    assert cells.split_values('5" vase, "a, b" , c"d') == ['5" vase', "a, b", 'c"d']
    assert cells.split_values("") == []


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_every_field_of_a_listing_is_read_back_from_its_lines(currency: str) -> None:
    draft = INTRICATE.model_copy(update={"description": INTRICATE.description.strip()})
    assert read_back(draft, currency=currency) == draft


@given(
    title=WORDS,
    tags=st.lists(WORDS, max_size=5, unique=True),
    attributes=st.dictionaries(WORDS, WORDS, max_size=4),
    choices=st.lists(WORDS, min_size=1, max_size=4, unique=True),
    price=st.integers(1, 10**9),
    quantity=st.one_of(st.none(), st.integers(0, 10_000)),
)
def test_any_listing_is_read_back_from_its_lines(
    title: str, tags: list[str], attributes: dict[str, str], choices: list[str], price: int, quantity: int | None
) -> None:
    draft = make_draft(
        title=" ".join(title.split()) or "x",
        tags=tuple(tags),
        attributes=attributes,
        options=("Kind",),
        variants=tuple(VariantInput(choice=(choice,), price=price, quantity=quantity) for choice in choices),
    )
    assert read_back(draft) == draft


def test_importing_an_export_of_the_whole_shop_changes_nothing(browser: TestClient) -> None:
    draft = INTRICATE.model_copy(update={"description": INTRICATE.description.strip()})
    with db.writing() as session:
        shop = make_shop(session)
        catalog.seed_categories(session, tree=[("mugs", "Mugs", None, 0, ""), ("cups", "Mug", None, 1, "")])
        drafts = [draft, *(make_draft(key=f"mug-{n:04}", title="Mug", category="cups") for n in range(450))]
        catalog.save_many(session, shop=shop, inputs=drafts, reason=Reason.OPENING, now=NOW)
        owner = make_owner(session, shop=shop)
    browser.cookies.set(settings().session_cookie, owner.token)
    answer = browser.get("/api/v1/shops/clay-and-co/export.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="clay-and-co-listings.csv"'
    first = next(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (first["key"], first["title"]) == ("'=mug, 1", '\'@A "mug", blue')
    assert (first["option1_name"], first["sku"]) == ("'=Size", "-1")
    run = import_file(answer.content)
    assert (run.rows, run.unchanged, run.refused, run.message) == (452, 452, 0, "")
    assert [listing.version for listing in listings(run)] == [1] * 451


def test_an_export_without_listings_still_has_its_columns(browser: TestClient) -> None:
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session))
    browser.cookies.set(settings().session_cookie, owner.token)
    assert (
        browser.get("/api/v1/shops/clay-and-co/export.csv").content.decode()
        == "\ufeff" + ",".join(plaza.EXPORT_FIELDS) + "\r\n"
    )


def test_an_export_is_read_a_page_at_a_time(clean: None) -> None:
    with db.writing() as session:
        shop = make_shop(session)
        drafts = [make_draft(key=f"mug-{n}") for n in range(5)]
        catalog.save_many(session, shop=shop, inputs=drafts, reason=Reason.OPENING, now=NOW)
        owner = make_owner(session, shop=shop).user
    found, after = [], ""
    with db.reading() as session:
        while after is not None:
            lines, after = queries.export_page(session, user_id=owner.id, shop=shop.slug, after=after, limit=2)
            found.append([line[0] for line in lines])
    assert found == [["mug-0", "mug-1"], ["mug-2", "mug-3"], ["mug-4"]]
