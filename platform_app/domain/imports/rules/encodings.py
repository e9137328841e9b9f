"""Find a text file's encoding; where its bytes allow several readings, ask instead of guessing."""

import codecs
import re
from typing import BinaryIO

from charset_normalizer import from_bytes

from platform_app.domain.imports.errors import FileRefused

LABELS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "koi8_r": "KOI8-R (Russian)",
    "mac_roman": "Mac Roman",
    "cp932": "Shift JIS (Japanese)",
    "gb18030": "GB18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Korean (CP949)",
}
_OTHERS = [name for name in LABELS if name not in ("utf-8-sig", "utf-16", "cp1252")]
_CHUNK = 1 << 20
_SAMPLE = 1 << 16  # bytes of lines that are not ASCII
_MARGIN = 0.06  # of two readings this close in disorder, neither is certain
_LEAD = 0.2  # unless one resembles a language by so much more
_MAX_CHOICES = 4
_EXCERPT = 40  # characters
# What Windows-1252 shows for the text of another encoding: accents in a row, symbols inside words, rare letters.
_STRANGE = re.compile(r"[À-ÿŠšŽžŒœŸ]{3}|(?<=[^\W\d_])[¡-¯±-¶¸¹»-¿‚-”†-‰‹›ˆ˜×÷](?=[^\W\d_])|[ðþýÐÞÝ]")
_MAGIC_BYTES = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (XLSX)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (XLS)",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
}


def detect(file: BinaryIO) -> str:
    """The file's text encoding; FileRefused if it is not text or could be several. Reads the file in chunks."""
    head = file.read(8)
    file.seek(0)
    for magic, what in _MAGIC_BYTES.items():
        if head.startswith(magic):
            raise FileRefused(f"This is {what}, not a CSV file. Export it as CSV (UTF-8) and try again.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return require(file, "utf-16")
    if _decodes(file, "utf-8-sig"):
        return "utf-8-sig"
    sample = _sample(file)
    if _decodes(file, "cp1252") and not _STRANGE.search(sample.decode("cp1252")):
        return "cp1252"
    return _detect_other(file, sample)


def require(file: BinaryIO, encoding: str) -> str:
    """The encoding that somebody has named; FileRefused if the file is not in it."""
    if encoding not in LABELS:
        raise FileRefused(f'"{encoding[:40]}" is not an encoding that Plaza reads. It reads: {", ".join(LABELS)}.')
    if not _decodes(file, encoding):
        raise FileRefused(f"The file is not encoded as {LABELS[encoding]}. Save it as CSV (UTF-8) and try again.")
    return encoding


def _detect_other(file: BinaryIO, sample: bytes) -> str:
    found = sorted(from_bytes(sample, cp_isolation=_OTHERS), key=lambda match: (match.chaos, -match.coherence))
    close = [match for match in found if match.chaos <= found[0].chaos + _MARGIN and _decodes(file, match.encoding)]
    texts = {str(match) for match in close}
    if len(texts) == 1 or (len(close) > 1 and close[0].coherence >= close[1].coherence + _LEAD):
        return close[0].encoding
    choices = [f"{LABELS[match.encoding]}: {_excerpt(str(match))} ({match.encoding})" for match in close[:_MAX_CHOICES]]
    readings = f" It could be {'; '.join(choices)}." if choices else ""
    raise FileRefused(
        f"The encoding of this file is not certain.{readings} "
        "Save it as CSV (UTF-8) and try again; the command line takes --encoding NAME."
    )


def _excerpt(text: str) -> str:
    """The first words of a text that are not ASCII."""
    start = next((index for index, char in enumerate(text) if not char.isascii()), 0)
    return f'"{" ".join(text[max(0, start - 10) : start + _EXCERPT].split())}"'


def _sample(file: BinaryIO) -> bytes:
    """The first lines that are not ASCII."""
    file.seek(0)
    found = b""
    while len(found) < _SAMPLE and (line := file.readline(_SAMPLE)):
        if not line.isascii():
            found += line
    file.seek(0)
    return found


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
