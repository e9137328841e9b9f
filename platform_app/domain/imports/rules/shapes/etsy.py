"""Etsy's listings as CSV, in the languages of its sellers: a row per listing, its variations as lists."""

from collections.abc import Sequence
from itertools import product as combinations
from math import prod

from platform_app.domain.catalog.rules import MAX_VARIANTS
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_VARIATION = "(?:variation|variante|variación|variazione|variatie|variant|wariant|variação)"
_NAME = "(?:name|nom|nombre|nome|naam|nazwa)"
_TYPE = "(?:type|typ|tipo)"
_VALUES = "(?:values|werte|valeurs|valores|valori|waarden|wartości)"
_IMAGE = "(?:image|bild|imagen|immagine|afbeelding|zdjęcie|imagem|foto|photo)"


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    head = rows[0]
    found = Translated(refused={row.line: f"is the same listing as line {head.line}" for row in rows[1:]})
    names, values = [], []
    for number in "12":
        name = head.cells.get(f"variation {number} name", "") or head.cells.get(f"variation {number} type", "")
        if listed := _split(head.cells.get(f"variation {number} values", "")):
            names.append(name.strip() or f"Variation {number}")
            values.append(listed)
    count = prod(map(len, values))
    if count > MAX_VARIANTS:
        found.refused[head.line] = f"its variations have more than {MAX_VARIANTS} combinations"
        return found
    skus = _split(head.cells.get("sku", ""))
    if len(skus) != count and skus and count > 1:
        found.notes.append(f"the file has {len(skus):,} SKUs for {count:,} variants, so they were left out")
        found.unknown |= {"sku"}
        skus = []
    cells = {**head.cells, **_shared(head, notes=found.notes)}
    if count > 1 and cells.get("quantity", "").strip():
        found.notes.append(
            f"quantity {cells['quantity'].strip()[:20]} is that of all variants, so each is sold out until you set its stock"
        )
        found.unknown |= {"quantity"}
        cells["quantity"] = "0"
    for index, choice in enumerate(combinations(*values)):
        own = translation.options(list(zip(names, choice, strict=True)))
        found.rows.append(Row(head.line, {**cells, **own, "sku": skus[index] if index < len(skus) else ""}))
    return found


def _shared(head: Row, *, notes: list[str]) -> dict[str, str]:
    return {
        "key": (_split(head.cells.get("sku", "")) or [""])[0],
        "tags": head.cells.get("tags", "").replace("_", " "),
        "attributes": translation.attributes(
            [("Material", ", ".join(_split(head.cells.get("materials", "").replace("_", " "))))], notes=notes
        ),
        "image_urls": translation.pictures(head.cells, start="image "),
    }


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


SHAPE = Shape(
    signatures=(frozenset({"title", "price", "quantity", "materials"}),),
    columns={
        "title": "TITLE|TITEL|TITRE|TÍTULO|TITOLO|TYTUŁ",
        "description": "DESCRIPTION|BESCHREIBUNG|DESCRIPCIÓN|DESCRIZIONE|BESCHRIJVING|OPIS|DESCRIÇÃO",
        "price": "PRICE|PREIS|PRIX|PRECIO|PREZZO|PRIJS|CENA|PREÇO",
        "currency": "CURRENCY_CODE|WÄHRUNGSCODE|WÄHRUNG|CODE_DEVISE|DEVISE|CÓDIGO_MONEDA|CÓDIGO_DE_MONEDA|CODICE_VALUTA|"
        "VALUTACODE|KOD_WALUTY|CÓDIGO_DA_MOEDA",
        "quantity": "QUANTITY|ANZAHL|MENGE|QUANTITÉ|CANTIDAD|QUANTITÀ|AANTAL|HOEVEELHEID|ILOŚĆ|QUANTIDADE",
        "tags": "TAGS|SCHLAGWÖRTER|ÉTIQUETTES|ETIQUETAS|TAG|ETICHETTE|TAGI",
        "materials": "MATERIALS|MATERIALIEN|MATÉRIAUX|MATERIALES|MATERIALI|MATERIALEN|MATERIAŁY|MATERIAIS",
        "sku": "SKU|ARTIKELNUMMER|UGS",
    },
    patterns=(
        (rf"{_IMAGE}[ _]?(\d{{1,2}})", r"image \1"),
        (rf"{_VARIATION}[ _]?([12])[ _]{_NAME}", r"variation \1 name"),
        (rf"{_NAME}[ _]{_VARIATION}[ _]?([12])", r"variation \1 name"),
        (rf"{_VARIATION}[ _]?([12])[ _]{_TYPE}", r"variation \1 type"),
        (rf"{_TYPE}[ _]{_VARIATION}[ _]?([12])", r"variation \1 type"),
        (rf"{_VARIATION}[ _]?([12])[ _]{_VALUES}", r"variation \1 values"),
        (rf"{_VALUES}[ _]{_VARIATION}[ _]?([12])", r"variation \1 values"),
    ),
    translate=_translate,
    adds={"variation": translation.OPTIONS, "image ": ("image_urls",), "materials": ("attributes",)},
)
