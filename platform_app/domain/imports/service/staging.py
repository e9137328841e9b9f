"""Copy a file's rows into the database: assign products, count bytes and check budgets."""

import json
from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import psycopg
from sqlalchemy import func
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.models import ImportRow, ImportRun
from platform_app.domain.imports.rules import budgets, formats
from platform_app.domain.imports.rules.files import Row, spreadsheet_error
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.readings import RowRefused
from platform_app.domain.imports.rules.states import BATCH_SIZE, Outcome
from platform_app.domain.imports.schemas import StagedRow
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.errors import QuotaUsed
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.schemas import Allowance
from platform_app.domain.shops.service import quotas
from platform_app.infra.db import WriteSession

_COPY = "COPY import_row (shop_id, run_id, line, product, cells, size, outcome, note) FROM STDIN"
_NAME = 255  # longer product keys are remembered by their digest
_NOTE = 500


class Copied(NamedTuple):
    """The number of rows staged, how many of them were refused, the number of products, and the size in bytes."""

    rows: int
    refused: int
    products: int
    size: int


def numbered(rows: Iterable[Row], *, kind: Format) -> Iterator[StagedRow]:
    """Number the products by first appearance; a product may have several keys, and its size is limited."""
    numbers: dict[str, int] = {}
    counts, sizes = array("I"), array("I")
    for row in rows:
        problem, number, size = row.problem or spreadsheet_error(row.cells), None, budgets.staged_bytes(row.cells)
        try:
            names = [_remembered(name) for name in formats.product_keys(row, kind)] if problem is None else []
            number = next((numbers[name] for name in names if name in numbers), None)
            if number is not None:
                _require_room(counts[number] + 1, sizes[number] + size)
        except RowRefused as refusal:
            problem = str(refusal)
        if problem is not None:
            yield StagedRow(line=row.line, product=None, cells={}, size=0, problem=problem[:_NOTE])
            continue
        if number is None:
            number = len(counts)
            counts.append(0)
            sizes.append(0)
        counts[number] += 1
        sizes[number] += size
        numbers.update(dict.fromkeys(names, number))
        yield StagedRow(line=row.line, product=number, cells=row.cells, size=size, problem=None)


def copy(session: WriteSession, run: ImportRun, rows: Iterable[StagedRow], *, now: datetime) -> Copied:
    """Stream the rows through COPY; FileRefused as soon as the run or its shop exceeds its budget.

    The rows count against the shop's quota, unless the operator imports them.
    """
    others, allowance = _others(session, run), _allowance(session, run, now=now)
    total, refused, products, size = 0, 0, 0, 0
    connection = session.connection().connection.driver_connection
    assert connection is not None
    try:
        with connection.cursor() as cursor, cursor.copy(_COPY) as out:
            for row in rows:
                note = row.problem or ""
                size += row.size + budgets.text_bytes(note)
                budgets.require_run(size, line=row.line)
                budgets.require_shop(others + size)
                outcome = Outcome.REFUSED if row.product is None else None
                cells = json.dumps(row.cells, ensure_ascii=False)
                out.write_row((run.shop_id, run.id, row.line, row.product, cells, row.size, outcome, note))
                total += 1
                if allowance and total > allowance.left:
                    raise _too_many_rows(allowance)
                if row.product is None:
                    refused += 1
                else:
                    products = max(products, row.product + 1)
    except psycopg.OperationalError as error:
        # COPY uses the driver directly; convert its outage errors to SQLAlchemy's, as everywhere else.
        raise OperationalError("COPY import_row", None, error) from error
    # Other runs may have been staged meanwhile: lock the shop and check again.
    shops.lock(session, shop_id=run.shop_id)
    budgets.require_shop(_others(session, run) + size)
    if allowance:
        _spend(session, run, rows=total, now=now)
    return Copied(total, refused, products, size)


def batch_end(session: WriteSession, run: ImportRun) -> int:
    """The end of the next batch (exclusive): at least one product, and no more than the memory budget allows."""
    costs = session.exec(
        select(ImportRow.product, func.count(), func.sum(ImportRow.size))
        .where(ImportRow.shop_id == run.shop_id, ImportRow.run_id == run.id)
        .where(col(ImportRow.product) >= run.next_product, col(ImportRow.product) < run.next_product + BATCH_SIZE)
        .group_by(col(ImportRow.product))
        .order_by(col(ImportRow.product))
    ).all()
    rows, size = 0, 0
    for product, count, cost in costs:
        rows, size = rows + count, size + cost
        is_full = rows > budgets.BATCH_ROWS or size > budgets.BATCH_BYTES
        if is_full and product is not None and product > run.next_product:
            return product
    return run.next_product + BATCH_SIZE


def _others(session: WriteSession, run: ImportRun) -> int:
    """The staged bytes of the shop's other runs."""
    staged = select(func.coalesce(func.sum(ImportRun.staged_bytes), 0)).where(
        ImportRun.shop_id == run.shop_id, ImportRun.id != run.id
    )
    return int(session.exec(staged).one())


def _allowance(session: WriteSession, run: ImportRun, *, now: datetime) -> Allowance | None:
    """The rows that the run's shop may still import; None for the operator's own imports."""
    if run.user_id is None:
        return None
    return quotas.allowance(session, shop_id=run.shop_id, resource=Resource.IMPORT_ROWS, now=now)


def _spend(session: WriteSession, run: ImportRun, *, rows: int, now: datetime) -> None:
    """Count the rows; another run of the shop may have used what was left meanwhile."""
    try:
        quotas.spend(session, shop_id=run.shop_id, resource=Resource.IMPORT_ROWS, amount=rows, now=now)
    except QuotaUsed as used:
        raise FileRefused(str(used)) from used


def _too_many_rows(allowance: Allowance) -> FileRefused:
    return FileRefused(f"The file has too many rows. {allowance.left_text} Split the file, or import it then.")


def _require_room(rows: int, size: int) -> None:
    if rows > budgets.MAX_PRODUCT_ROWS:
        raise RowRefused(f"is row {rows:,} of its product; the limit is {budgets.MAX_PRODUCT_ROWS:,}")
    if size > budgets.MAX_PRODUCT_BYTES:
        raise RowRefused(f"its product would have {size:,} bytes; the limit is {budgets.MAX_PRODUCT_BYTES:,}")


def _remembered(name: str) -> str:
    return name if len(name) <= _NAME else blake2b(name.encode(), digest_size=32).hexdigest()
