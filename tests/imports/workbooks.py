"""Minimal Excel workbooks."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
</Types>"""
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = f"""<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Value = str | int | float | None


def workbook(*sheets: Sequence[Sequence[Value]], first_row: int = 1) -> bytes:
    """A workbook with these sheets; None leaves out a cell, and an empty row is left out."""
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(sheets) + 1))
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _PACKAGE,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relations}</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": _sheet(rows, first_row) for n, rows in enumerate(sheets, 1)},
    }
    return zipped(parts)


def sharing(text: str, *, header: Sequence[str], rows: int) -> bytes:
    """A workbook in which all cells below the header are the same shared string."""
    cells = "".join('<c t="s"><v>0</v></c>' for _ in header)
    below = "".join(f'<row r="{number}">{cells}</row>' for number in range(2, rows + 2))
    return with_parts(
        workbook([header]),
        {
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"><si><t>{text}</t></si></sst>',
            "xl/worksheets/sheet1.xml": _sheet([header], 1).replace("</sheetData>", f"{below}</sheetData>"),
        },
    )


def with_sheet(rows: str) -> bytes:
    """A workbook whose sheet has these rows, as XML."""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return with_parts(workbook([["x"]]), {"xl/worksheets/sheet1.xml": sheet})


def with_parts(body: bytes, changed: dict[str, str]) -> bytes:
    """A workbook with changed or additional parts."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return zipped({name: archive.read(name).decode() for name in archive.namelist()} | changed)


def zipped(parts: dict[str, str]) -> bytes:
    """Files in a ZIP archive."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return body.getvalue()


def _sheet(rows: Sequence[Sequence[Value]], first_row: int) -> str:
    written = "".join(
        f'<row r="{number}">{"".join(_cell(cell, f"{_letters(index)}{number}") for index, cell in enumerate(cells))}</row>'
        for number, cells in enumerate(rows, first_row)
        if cells
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{written}</sheetData></worksheet>'


def _letters(index: int) -> str:
    high, low = divmod(index, 26)
    return (_letters(high - 1) if high else "") + chr(65 + low)


def _cell(value: Value, reference: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'
