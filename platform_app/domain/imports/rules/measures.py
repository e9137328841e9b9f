"""Barcodes, weights and the measures of unit prices, as files write them. What cannot be kept is noted, never cut."""

import re
from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal

from platform_app.domain.catalog import rules as catalog

# Other words for each unit, in lower case without spaces and dots; another language is another word.
_WORDS = {
    "mg": "milligram milligrams milligramm",
    "g": "gr gram grams gramme grammes gramm gramo gramos grammi grammo gramów г гр",
    "kg": "kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos кг",
    "oz": "ozs ounce ounces unze unzen once onces onza onzas oncia",
    "lb": "lbs pound pounds pfund livre livres libra libras libbra",
    "ml": "milliliter milliliters millilitre millilitres мл",
    "cl": "centiliter centilitre",
    "l": "liter liters litre litres litro litros л",
    "m3": "cbm cubicmeters cubic_meters m³",
    "floz": "fluidounce fluidounces fluid_ounces",
    "pt": "pint pints",
    "qt": "quart quarts",
    "gal": "gallon gallons us_gallons",
    "cm": "centimeter centimeters centimetre centimetres см",
    "m": "meter meters metre metres metro metros м",
    "in": "inch inches zoll",
    "ft": "foot feet",
    "yd": "yard yards",
    "m2": "sqm m² squaremeters square_meters",
    "sqft": "ft2 ft² squarefeet square_feet",
    "ct": "item items count unit units piece pieces pc pcs stück stk pièce pieza szt",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in (unit, *words.split())}
_MEASURE = re.compile(r"(-?[\d.,]*\d)\s*([^\d\s.,].*)?", re.DOTALL)
_GROUPED = re.compile(r"-?[1-9]\d{0,2},\d{3}")  # thousands or decimals: nothing says which
_CODE_GAP = re.compile(r"[\s-]")
_DECIMALS = Decimal("0.000001")


def parse_barcode(text: str, *, column: str, notes: list[str]) -> str:
    """A GTIN with a correct check digit; another code is noted and left out."""
    code = _CODE_GAP.sub("", text.strip().removeprefix("=").strip("\"'"))
    if not code:
        return ""
    if catalog.is_gtin(code):
        return code
    is_number = code.isascii() and code.isdigit() and len(code) in catalog.GTIN_LENGTHS
    problem = "has a wrong check digit" if is_number else "is not a GTIN of 8, 12, 13 or 14 digits"
    notes.append(f'{column} "{text.strip()[:30]}" {problem}, so it was left out')
    return ""


def parse_weight(text: str, *, unit: str, column: str, notes: list[str]) -> str:
    """A weight such as `0.45 kg`; `unit` is that of a cell without one, empty if nobody knows. Zero is no weight."""
    return _parse(text, unit=unit, units=catalog.WEIGHT_UNITS, column=column, notes=notes)


def parse_measure(text: str, *, unit: str = "", column: str, notes: list[str]) -> str:
    """What one item contains, or what its unit price is for, such as `500 ml`."""
    units = (*catalog.MEASURE_UNITS, catalog.ITEM_UNIT)
    return _parse(text, unit=unit, units=units, column=column, notes=notes)


def in_kilograms(weight: str) -> str:
    """A weight in grams, such as `450 g`, in kilograms; the amount is exact or the weight stays."""
    amount = Decimal(weight.removesuffix(" g") or 0) / 1000
    return f"{amount.normalize():f} kg" if amount and amount == amount.quantize(_DECIMALS) else weight


def known_unit(text: str) -> str | None:
    """The unit that a word means; None for an unknown word."""
    return _UNITS.get("".join(text.strip().casefold().replace(".", "").split()))


def _parse(text: str, *, unit: str, units: Collection[str], column: str, notes: list[str]) -> str:
    if not text.strip():
        return ""
    parts = _MEASURE.fullmatch(text.strip())
    amount = _amount(parts[1]) if parts else None
    if amount == 0:
        return ""
    found = known_unit((parts[2] if parts else None) or unit)
    if amount is None or found is None or found not in units or not 0 < amount < 10**9:
        notes.append(f'{column} "{text.strip()[:30]}" {_problem(parts, amount, unit)}, so it was left out')
        return ""
    rounded = amount.quantize(_DECIMALS, rounding=ROUND_HALF_EVEN)
    shown = f"{rounded:f}".rstrip("0").rstrip(".")
    if rounded != amount:
        notes.append(f'{column} "{text.strip()[:30]}" was rounded to {shown} {found}')
    return "" if rounded == 0 else f"{shown} {found}"


def _problem(parts: re.Match[str] | None, amount: Decimal | None, unit: str) -> str:
    if parts and _GROUPED.fullmatch(parts[1]):
        return "could mean a thousand or a decimal"
    if amount is not None and not (parts and parts[2]) and not unit:
        return "has no unit"
    return "is not a measure"


def _amount(number: str) -> Decimal | None:
    """The number, whose mark is a point or comma; None if it is unclear."""
    if len(number) > 30 or number.count(".") + number.count(",") > 1 or _GROUPED.fullmatch(number):
        return None
    return Decimal(number.replace(",", "."))
