"""A shop's imports in a browser: from the upload to the undo, on one device and on another."""

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect
from sqlalchemy import text

from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.service import operator
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.factories import make_owner, make_shop

Open = Callable[..., Page]
ROWS = 5_000
REFUSED_MESSAGE = "the server responded with a status of"  # the console's message for a refused request
PROGRESS = """() => new Promise((done) => {
  const seen = [], began = performance.now();
  const look = () => {
    const bar = document.querySelector('main [role=progressbar]');
    if (bar) seen.push([performance.now() - began, bar.getAttribute('aria-valuenow'), bar.parentElement.innerText]);
    if ((!bar && seen.length) || performance.now() - began > 120000) done(seen);
    else requestAnimationFrame(look);
  };
  look();
})"""


@pytest.fixture(scope="module")
def token(plaza: SimpleNamespace) -> str:
    """The session token of an owner of the shop."""
    with db.writing() as session:
        shop = shops.by_slug(session, slug="clay-and-co")
        return make_owner(session, shop=shop, email="owner@example.org", name="Cleo Clay").token


@pytest.fixture
def open_studio(open_page: Open, token: str) -> Open:
    """Opens a page of the shop's studio."""

    def opened(url: str, **options: object) -> Page:
        return open_page(url, token=token, **options)

    return opened


def csv_file(rows: int, *, name: str = "goods.csv", price: int = 10) -> FilePayload:
    text = io.StringIO()
    lines = [(f"Jug number {n}", price + n % 50, "" if n == 7 else 5, f"jug-{n}") for n in range(rows)]
    csv.writer(text).writerows(
        [("Product Name", "Cost", "How many", "Reference"), *lines, ("A free jug", "free", 1, "free")]
    )
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def upload(page: Page, file: FilePayload) -> None:
    """Choose the file, and wait until it has been inspected."""
    page.get_by_label("Choose a file").set_input_files(files=[file])
    page.wait_for_url("**/imports/*-*")
    expect(page.get_by_role("button", name="Check what would change").first).to_be_enabled()


def upload_and_map(page: Page, file: FilePayload) -> None:
    """Choose a file, map its columns, and start the check."""
    upload(page, file)
    page.get_by_label("Field for How many").select_option("quantity")
    page.get_by_role("button", name="Check what would change").click()
    expect(page.get_by_text("Nothing has been changed yet")).to_be_visible()


def error_message(page: Page) -> Locator:
    """The error message on the page."""
    return page.get_by_role("main").get_by_role("alert").filter(visible=True)


def listing_count() -> int:
    with db.reading() as session:
        found: int = session.execute(text("SELECT count(*) FROM listing WHERE key LIKE 'jug-%'")).scalar_one()
        return found


def count(page: Page, label: str) -> str:
    return page.get_by_role("main").locator("dl > div").filter(has_text=label).locator("dd").inner_text()


def test_an_import_is_started_on_one_device_followed_on_another_and_undone(
    plaza: SimpleNamespace, open_studio: Open
) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports", width=1440)
    upload_and_map(page, csv_file(ROWS))
    assert (count(page, "to be created"), count(page, "refused")) == ("5,000", "1")
    expect(page.get_by_role("region", name="Refused")).to_contain_text('price "free" is not an amount in USD')
    assert listing_count() == 0
    with plaza.worker.paused():
        page.get_by_role("button", name="Import now").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        url = page.url
        page.close()
        other = open_studio(url.replace(plaza.urls[0], plaza.urls[1]))  # a phone, at the other web process
        expect(other.get_by_role("progressbar")).to_be_visible()
    samples = other.evaluate(PROGRESS)
    values = [int(value) for _, value, _ in samples]
    assert values == sorted(values)
    assert len(set(values)) > 3
    changes = [at for (at, value, _), (_, before, _) in zip(samples[1:], samples, strict=False) if value != before]
    print(f"\nprogress of {ROWS} rows: {len(changes)} steps in {(changes[-1] - changes[0]) / 1000:.1f} s")
    assert any("rows a second" in text_shown and "left" in text_shown for _, _, text_shown in samples)
    expect(other.get_by_text("Finished", exact=True)).to_be_visible()
    assert (count(other, "created"), count(other, "refused")) == ("5,000", "1")
    assert listing_count() == ROWS
    with other.expect_download() as download:
        other.get_by_role("link", name="Download the report").click()
    report = list(csv.reader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert (len(report), report[0], report[1]) == (ROWS + 2, ["line", "outcome", "note"], ["2", "created", ""])
    assert report[-1] == [str(ROWS + 2), "refused", 'price "free" is not an amount in USD']
    other.get_by_text("Undo this import", exact=True).click()
    other.get_by_role("button", name="Yes, undo this import").click()
    expect(other.get_by_text("The import was undone for 5,000 listings.")).to_be_visible()
    assert listing_count() == 0
    expect(other.get_by_text("Undo this import", exact=True)).to_have_count(0)


def test_progress_survives_a_reload_and_shows_in_the_list(plaza: SimpleNamespace, open_studio: Open) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports")
    upload_and_map(page, csv_file(500, name="reloaded.csv"))
    overview = open_studio(f"{plaza.urls[1]}/sell/clay-and-co/imports")
    entry = overview.get_by_role("listitem").filter(has_text="reloaded.csv")
    expect(entry).to_contain_text("Checked, not imported")
    with plaza.worker.paused():
        page.get_by_role("button", name="Import now").click()
        expect(entry.get_by_role("progressbar")).to_be_visible()
        page.reload()
        expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(entry).to_contain_text("501 rows: 500 created, 1 refused")
    page.get_by_text("Undo this import", exact=True).click()
    page.get_by_role("button", name="Yes, undo this import").click()
    expect(entry).to_contain_text("Undone")


def test_an_invalid_file_is_refused_with_advice(plaza: SimpleNamespace, open_studio: Open) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports", allowed_messages=REFUSED_MESSAGE)
    field = page.get_by_label("Choose a file")
    field.set_input_files(files=[{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff"}])
    expect(error_message(page)).to_contain_text("Choose a CSV file or an Excel workbook (XLSX).")
    field.set_input_files(files=[{"name": "empty.csv", "mimeType": "text/csv", "buffer": b""}])
    expect(error_message(page)).to_contain_text("This file is empty. Choose another one.")
    field.set_input_files(files=[{"name": "photo.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n"}])
    page.wait_for_url("**/imports/*-*")
    expect(error_message(page)).to_contain_text("This is a picture, not a CSV file.")
    page.get_by_role("link", name="Upload another file").click()
    expect(page.get_by_role("listitem").filter(has_text="photo.csv")).to_contain_text("Not imported")


def test_columns_are_mapped_by_keyboard_and_missing_ones_are_reported(
    plaza: SimpleNamespace, open_studio: Open
) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports", allowed_messages=REFUSED_MESSAGE)
    upload(page, csv_file(3, name="keyboard.csv"))
    expect(page.get_by_label("Field for Product Name")).to_have_value("title")
    expect(page.get_by_label("Field for Cost")).to_have_value("price")
    page.get_by_label("Field for Cost").select_option("")
    page.get_by_role("button", name="Check what would change").focus()
    page.keyboard.press("Enter")
    expect(error_message(page)).to_contain_text("The mapping has no column for price.")
    page.get_by_label("Field for Cost").select_option("price")
    page.get_by_role("button", name="Check what would change").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing has been changed yet")).to_be_visible()
    page.get_by_text("Discard", exact=True).click()
    page.get_by_role("button", name="Yes, discard it").click()
    expect(page.get_by_text("The import was discarded. Nothing was changed.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="keyboard.csv")).to_have_count(0)


def test_a_check_shows_the_old_and_the_new_values(plaza: SimpleNamespace, open_studio: Open) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports")
    body = b"key,title,price,quantity\nmug-1,Mug number one,21.5,1\nmug-2,Mug number 2,10.02,2\n"
    page.get_by_label("Choose a file").set_input_files(
        files=[{"name": "own.csv", "mimeType": "text/csv", "buffer": body}]
    )
    page.get_by_role("button", name="Check what would change").first.click()
    changed = page.get_by_role("region", name="Would be changed")
    expect(changed).to_contain_text("Mug number one")
    expect(changed.get_by_role("listitem").first).to_contain_text("from $10.01")
    expect(changed.get_by_role("listitem").first).to_contain_text("to $21.50")


def test_new_listings_are_imported_as_drafts(plaza: SimpleNamespace, open_studio: Open) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports")
    body = b"key,title,price\ndraft-jug,Draft jug,12.00\n"
    upload(page, {"name": "drafts.csv", "mimeType": "text/csv", "buffer": body})
    page.get_by_label("Add new listings as drafts").first.check()
    page.get_by_role("button", name="Check what would change").first.click()
    expect(page.get_by_role("region", name="Would be created")).to_contain_text("added as a draft")
    expect(page.get_by_role("main")).to_contain_text("New listings are added as drafts, whatever the file says.")
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.goto(f"{plaza.url}/sell/clay-and-co/listings?q=draft-jug")
    expect(page.get_by_role("row").filter(has_text="Draft jug")).to_contain_text("Draft")


def test_an_unknown_import_and_one_of_another_shop_are_not_found(plaza: SimpleNamespace, open_studio: Open) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports/019a0000-0000-7000-8000-000000000000")
    expect(page.get_by_role("heading", name="We can't find this import")).to_be_visible()
    page.goto(f"{plaza.url}/sell/another-shop/imports")
    expect(page.get_by_role("heading", level=1)).to_have_text("We can't find this shop")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_step_is_accessible(plaza: SimpleNamespace, open_studio: Open, scheme: str, width: int) -> None:
    page = open_studio(f"{plaza.url}/sell/clay-and-co/imports", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.reload()
    page.wait_for_selector("main[data-ready]")
    assert_accessible(page)
    upload(page, csv_file(3, name=f"axe-{scheme}-{width}.csv"))
    assert_accessible(page)
    page.get_by_role("button", name="Check what would change").click()
    expect(page.get_by_text("Nothing has been changed yet")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.get_by_text("Undo this import", exact=True).click()
    assert_accessible(page)
    page.get_by_role("button", name="Yes, undo this import").click()
    expect(page.get_by_text("The import was undone for")).to_be_visible()


def assert_accessible(page: Page) -> None:
    """Check the page with axe, and that targets are large enough and nothing overflows."""
    assert accessibility.violations(page) == []
    assert users.small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_old_imports_are_on_the_next_page(plaza: SimpleNamespace, open_page: Open) -> None:
    with db.writing() as session:
        shop = make_shop(session, slug="many-imports")
        token = make_owner(session, shop=shop, email="mia@example.org", name="Mia").token
        for number in range(45):
            operator.start(
                session, shop=shop, file_name=f"file-{number}.csv", file_key="none", asked_format=Format.AUTO,
                dry_run=False, mapping={}, now=utc_now(),
            )  # fmt: skip
        session.execute(text("UPDATE import_run SET state = 'finished' WHERE shop_id = :shop"), {"shop": shop.id})
        session.execute(text("DELETE FROM outbox WHERE done_at IS NULL AND job LIKE 'workers.imports.%'"))
    page = open_page(f"{plaza.url}/sell/many-imports/imports", token=token, width=1440)
    listed = page.get_by_role("region", name="Earlier imports").get_by_role("listitem")
    for first, last in ((44, 25), (24, 5), (4, 0)):
        expect(listed.first).to_contain_text(f"file-{first}.csv")
        expect(listed.last).to_contain_text(f"file-{last}.csv")
        assert users.small_targets(page) == []
        if last:
            page.get_by_role("link", name="Older imports").click()
    expect(page.get_by_role("link", name="Older imports")).to_have_count(0)
    assert accessibility.violations(page) == []
    page.get_by_role("link", name="Latest imports").click()
    expect(listed.first).to_contain_text("file-44.csv")
    page.goto(f"{plaza.url}/sell/many-imports/imports?cursor=made-up")
    expect(listed.first).to_contain_text("file-44.csv")
