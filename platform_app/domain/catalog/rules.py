"""Limits of listings, and the display of their text, stock and prices."""

import html
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import nh3
from jaconv import kana2alphabet, kata2hira
from slugify import slugify

MAX_PRICE = 2**53 - 1  # minor units: the highest number that every JSON reader keeps exactly
MAX_TITLE = 255
MAX_KEY = 255
MAX_SKU = 255
MAX_DESCRIPTION = 50_000
MAX_OPTIONS = 3
MAX_VARIANTS = 500
MAX_PICTURES = 30
MAX_TAGS = 40
MAX_LABEL = 80
MAX_ALT = 512
MAX_ATTRIBUTE = 500  # characters of a name or value
MAX_ATTRIBUTES = 100
PRICE_CHANGE_LIMIT = 5000  # price changes per query
PRIOR_PRICE_PERIOD = timedelta(days=30)  # before a reduction: the EU's rule for price comparisons

WEIGHT_UNITS = ("mg", "g", "kg", "oz", "lb")
MEASURE_UNITS = (
    *WEIGHT_UNITS,
    "ml",
    "cl",
    "l",
    "m3",
    "floz",
    "pt",
    "qt",
    "gal",
    "cm",
    "m",
    "in",
    "ft",
    "yd",
    "m2",
    "sqft",
)
ITEM_UNIT = "ct"  # of what is counted
# Each unit's dimension, and how many of the dimension's first unit it is. Units of volume for liquids are those of the US.
_UNIT_SIZES = {
    "g": ("weight", "1"), "mg": ("weight", "0.001"), "kg": ("weight", "1000"), "oz": ("weight", "28.349523125"),
    "lb": ("weight", "453.59237"),
    "ml": ("volume", "1"), "cl": ("volume", "10"), "l": ("volume", "1000"), "m3": ("volume", "1000000"),
    "floz": ("volume", "29.5735295625"), "pt": ("volume", "473.176473"), "qt": ("volume", "946.352946"),
    "gal": ("volume", "3785.411784"),
    "cm": ("length", "1"), "m": ("length", "100"), "in": ("length", "2.54"), "ft": ("length", "30.48"),
    "yd": ("length", "91.44"),
    "m2": ("area", "1"), "sqft": ("area", "0.09290304"),
    ITEM_UNIT: ("number", "1"),
}  # fmt: skip
# What the unit price is for unless the seller says otherwise: in the EU, a kilogram, litre, metre or square metre.
_USUAL_BASES = {"mg": "1 kg", "g": "1 kg", "ml": "1 l", "cl": "1 l", "cm": "1 m"}
_AMOUNT = r"(?:0|[1-9]\d{0,8})(?:\.\d{0,5}[1-9])?"
WEIGHT_PATTERN = rf"^(?:{_AMOUNT} (?:{'|'.join(WEIGHT_UNITS)}))?$"
MEASURE_PATTERN = rf"^(?:{_AMOUNT} (?:{'|'.join((*MEASURE_UNITS, ITEM_UNIT))}))?$"
GTIN_LENGTHS = (8, 12, 13, 14)

MAX_SLUG = 100
MAX_WISHED_SLUG = 90  # characters, so that there is room for a number
MAX_TITLE_SLUG = 80
SLUG_PATTERN = re.compile(rf"^[a-z0-9-]{{1,{MAX_SLUG}}}$")
SLUG_EXAMPLE = "blue-vase"
_SLUG_NUMBER = re.compile(r"-[0-9]+$")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]+")
_LONG_VOWEL = "\u30fc"
# The scripts of which Latin letters are a readable transcription. Of others, kanji would get Chinese readings, and Arabic
# and Hebrew would lose their vowels.
_READABLE_SCRIPTS = (
    "LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "HIRAGANA", "KATAKANA", "HANGUL",
    "MODIFIER", "COMBINING", "VARIATION",  # of their letters, and of symbols
)  # fmt: skip
_ALLOWED_TAGS = {
    "p",
    "br",
    "ul",
    "ol",
    "li",
    "strong",
    "b",
    "em",
    "i",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
LOW_STOCK_THRESHOLD = 5  # show the exact number from here down
_BLOCK = re.compile(r"</?(?:p|br|li|ul|ol|h\d|div|tr|table|blockquote)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAKS = re.compile(r"\n\s*\n+")
# In markup, a blank line, two line breaks and the edge of a container such as <div> separate paragraphs of loose text.
_CONTAINER = re.compile(r"</?(?:div|section|article|center|pre|h1|h5|h6)\b[^<>]*>", re.IGNORECASE)
_PARAGRAPH_TAG = re.compile(r"(</?(?:p|ul|ol|h[234]|blockquote|table)\b[^<>]*>)", re.IGNORECASE)
_LOOSE_BREAKS = re.compile(r"(?:<br\b[^<>]*>\s*){2,}|\n\s*\n", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\b[^<>]*>[^\S\n]*\n|\n", re.IGNORECASE)
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
_SPACE = re.compile(r"[^\S\n]+")


class Condition(StrEnum):
    """The condition of a listed item."""

    NEW = "new"
    LIKE_NEW = "used_like_new"
    GOOD = "used_good"
    REFURBISHED = "refurbished"

    @property
    def label(self) -> str:
        """The label to display."""
        return _CONDITION_LABELS[self]


_CONDITION_LABELS = {
    Condition.NEW: "New",
    Condition.LIKE_NEW: "Used, like new",
    Condition.GOOD: "Used, good",
    Condition.REFURBISHED: "Refurbished",
}


class Status(StrEnum):
    """The status of a listing; only a published one is for sale."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


def stock_label(available: int | None) -> str:
    """The availability in words; `available` is None if stock is not tracked."""
    if available is None or available > LOW_STOCK_THRESHOLD:
        return "In stock"
    return f"Only {available} left" if available > 0 else "Sold out"


def are_comparable(measure: str, other: str) -> bool:
    """Whether two measures, such as `500 ml` and `1 l`, have units of the same dimension."""
    return _dimension(measure) == _dimension(other)


def unit_price(price: int, *, measure: str, base_measure: str) -> tuple[int, str] | None:
    """The price in minor units of a base measure, such as `1 l`, and that measure, for an item that contains `measure`.

    None if the measures are unknown or cannot be compared, if the item is the base itself, or if it would be 0. Rounded
    half up.
    """
    if not measure:
        return None
    unit = measure.partition(" ")[2]
    base = base_measure or _USUAL_BASES.get(unit, f"1 {unit}")
    if not are_comparable(measure, base) or _size(measure) == _size(base):
        return None
    amount = int((price * _size(base) / _size(measure)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return (amount, base) if amount else None


def _dimension(measure: str) -> str:
    return _UNIT_SIZES[measure.partition(" ")[2]][0]


def _size(measure: str) -> Decimal:
    """How many of its dimension's first unit a measure is."""
    amount, _, unit = measure.partition(" ")
    return Decimal(amount) * Decimal(_UNIT_SIZES[unit][1])


def is_gtin(code: str) -> bool:
    """Whether a code is an EAN, UPC, ISBN-13 or other GTIN with a correct check digit."""
    if len(code) not in GTIN_LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    return sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(reversed(code))) % 10 == 0


def require_barcode(code: str) -> str:
    """The barcode, which is empty or a GTIN; ValueError."""
    if code and not is_gtin(code):
        raise ValueError("is not a GTIN with a correct check digit")
    return code


def is_valid_slug(*slugs: str) -> bool:
    """Whether all of these have the format of a slug."""
    return all(SLUG_PATTERN.match(slug) for slug in slugs)


def title_slug(title: str) -> str:
    """The slug of a title, transliterated from any script; `listing` if nothing of the title is left."""
    return _slug(title) or "listing"


def readable_title_slug(title: str) -> str:
    """The slug of a title that people can read; empty if a letter of the title is of a script for which there is none."""
    if not all(map(_is_readable, unicodedata.normalize("NFKC", title))):
        return ""
    return _slug(title)


def suggested_slug(text: str) -> str:
    """A slug made of a text or, if people could not read it, of its words in Latin letters; without any, an example."""
    latin = "".join(each if _is_latin(each) else " " for each in unicodedata.normalize("NFKC", text))
    return readable_title_slug(text) or readable_title_slug(latin) or SLUG_EXAMPLE


def is_title_slug(slug: str, title: str) -> bool:
    """Whether the slug is that of the title, perhaps with a number."""
    return title_slug(title) in (slug, _SLUG_NUMBER.sub("", slug))


def is_choosable_slug(slug: str) -> bool:
    """Whether a seller can choose this slug, as far as its form goes: it begins and ends with a letter or a digit."""
    return is_valid_slug(slug) and len(slug) <= MAX_WISHED_SLUG and slug == slug.strip("-\n")


def _slug(text: str) -> str:
    return slugify(_romanize_kana(text), max_length=MAX_TITLE_SLUG, word_boundary=True)


def _romanize_kana(text: str) -> str:
    """The text with kana in Latin letters, by Hepburn: slugify takes their voicing away and makes a crow of a glass."""
    composed = unicodedata.normalize("NFKC", text)
    if not _KANA.search(composed):
        return text
    return _KANA.sub(lambda kana: kana2alphabet(kata2hira(kana.group().replace(_LONG_VOWEL, ""))), composed)


def _is_readable(character: str) -> bool:
    """Whether a letter or mark is of a readable script; nothing else is in the way."""
    is_of_script = unicodedata.category(character)[0] in "LM"
    return not is_of_script or unicodedata.name(character, "").startswith(_READABLE_SCRIPTS)


def _is_latin(character: str) -> bool:
    return character in "0123456789-" or unicodedata.name(character, "").startswith("LATIN")


def sanitize_html(description: str) -> str:
    """A seller's description as safe HTML: text becomes paragraphs, scripts and styles are removed."""
    description = description.replace("\r\n", "\n")
    if not _MARKUP.search(description):
        paragraphs = _BREAKS.split(description.strip())
        return "".join(
            f"<p>{html.escape(part.strip()).replace(chr(10), '<br>')}</p>" for part in paragraphs if part.strip()
        )
    # Cleaning comes last: it closes what the paragraphs have left open.
    cleaned = nh3.clean(
        _wrap_loose_text(description),
        tags=_ALLOWED_TAGS,
        attributes={},
        clean_content_tags={"script", "style", "iframe", "title"},
    )
    return _EMPTY_PARAGRAPH.sub("", cleaned)


def _wrap_loose_text(markup: str) -> str:
    """Markup with the text outside of its blocks in paragraphs; without any block, each line keeps its break."""
    text = _CONTAINER.sub("\n\n", markup)
    has_blocks = _PARAGRAPH_TAG.search(text) is not None
    parts, depth, is_in_paragraph = [], 0, False
    for index, part in enumerate(_PARAGRAPH_TAG.split(text)):
        is_tag, is_closing = index % 2 == 1, part.startswith("</")
        if is_tag and part.strip("</>")[:1].lower() == "p":
            is_in_paragraph = not is_closing
        elif is_tag:
            depth, is_in_paragraph = max(0, depth + (-1 if is_closing else 1)), False
        is_loose = not is_tag and depth == 0 and not is_in_paragraph
        parts.append(_paragraphs(part, keep_lines=not has_blocks) if is_loose else part)
    return "".join(parts)


def _paragraphs(text: str, *, keep_lines: bool) -> str:
    pieces = [piece.strip() for piece in _LOOSE_BREAKS.split(text)]
    lines = [_LINE_BREAK.sub("<br>", piece) if keep_lines else piece for piece in pieces]
    return "".join(f"<p>{line}</p>" if _MARKUP.sub("", line).strip() else line for line in lines)


def plain_text(description: str) -> str:
    """A seller's description without markup, for search, previews and the API."""
    bare = nh3.clean(
        _BLOCK.sub("\n", description), tags=set(), clean_content_tags={"script", "style", "iframe", "title"}
    )
    return _SPACE.sub(" ", html.unescape(bare)).strip()


def lowest_prior_price(price: int, changes: Sequence[tuple[datetime, int, int]], *, now: datetime) -> int:
    """The lowest price in the thirty days before the last change if that was a reduction, otherwise before now.

    `changes` are tuples of (time, old price, new price) in any order; `price` is the current price.
    """
    ordered = sorted(changes)
    is_reduced = bool(ordered) and ordered[-1][2] < ordered[-1][1]
    until = ordered[-1][0] if is_reduced else now
    earlier = ordered[:-1] if is_reduced else ordered
    in_force = [ordered[-1][1] if is_reduced else price]
    for at, before, after in earlier:
        if at > until - PRIOR_PRICE_PERIOD:
            in_force += [before, after]
    return min(in_force)
