"""Generated files for imports."""

import csv
from pathlib import Path

from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.schemas import Run
from platform_app.domain.imports.service import operator
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service as shops
from platform_app.infra import storage
from platform_app.infra.db import WriteSession
from platform_app.infra.settings import settings

MAX_VARIANTS = 4  # products have one to four, in turn
DESCRIPTION = "Thrown by hand, and glazed in the colour of the sea on a grey day. " * 3


def write_import_file(file: Path, *, rows: int, status: str = "published") -> int:
    """Write a file in Plaza's own format, with one to four variants per product; return the number of products."""
    with file.open("w", newline="", encoding="utf-8") as body:
        out = csv.DictWriter(body, plaza.FIELDS)
        out.writeheader()
        row, product = 0, 0
        while row < rows:
            for variant in range(min(1 + product % MAX_VARIANTS, rows - row)):
                choice = {"option1_name": "Size", "option1_value": f"No. {variant + 1}"}
                price = {"price": f"{10 + product % 90}.50", "quantity": 5, "sku": f"bench-{product}-{variant}"}
                texts = {"title": f"Stoneware jug {product}", "description": DESCRIPTION, "tags": "stoneware, kitchen"}
                out.writerow(
                    {"key": f"jug-{product}", "status": status, **choice, **price, **(texts if not variant else {})}
                )
                row += 1
            product += 1
    return product


def upload(file: Path, *, key: str) -> None:
    """Upload the file to where the workers expect it."""
    with file.open("rb") as body:
        storage.from_settings(settings()).put(key, body, content_type="text/csv")


def start_import(session: WriteSession, *, slug: str, key: str, name: str) -> Run:
    """Queue the import of an uploaded file into this shop, which is opened if it does not exist."""
    return operator.start(
        session,
        shop=shops.get_or_create(session, slug=slug, now=utc_now()),
        file_key=key,
        file_name=name,
        asked_format=Format.PLAZA,
        mapping={},
        dry_run=False,
        now=utc_now(),
    )
