"""Prices as files write them: one rule for all marks and currencies, decided by the column where a cell alone is unclear."""

import re
from decimal import ROUND_HALF_EVEN, Decimal

from platform_app.domain.imports.rules.readings import RowRefused
from platform_app.domain.shared import money

MARKS = (".", ",")
_SPACES = re.compile(r"\s+")  # with no-break and narrow no-break spaces
_PARTS = re.compile(r"((?:[^\d.,+\-(]|\.(?!\d))*)([+-]?)([\d.,' ]*\d[.,]?)((?<=[.,])[-–—]{1,2})?(\D*)")
_DOLLARS = "USD CAD AUD NZD SGD HKD MXN ARS CLP COP TWD BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD"
_SYMBOLS = {
    "$": _DOLLARS, "us$": "USD", "usd$": "USD", "c$": "CAD", "ca$": "CAD", "cad$": "CAD", "a$": "AUD", "au$": "AUD",
    "nz$": "NZD", "s$": "SGD", "hk$": "HKD", "mx$": "MXN", "nt$": "TWD", "r$": "BRL", "ar$": "ARS",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP EGP SDG SSP SYP LBP FKP GIP SHP", "¥": "JPY CNY", "円": "JPY",
    "元": "CNY", "cn¥": "CNY", "rmb": "CNY", "₹": "INR", "rs": "INR PKR LKR NPR MUR SCR", "rs.": "INR PKR LKR NPR MUR SCR",
    "kr": "SEK NOK DKK ISK", "kr.": "SEK NOK DKK ISK", "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF", "lei": "RON MDL",
    "лв": "BGN", "лв.": "BGN", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "₴": "UAH", "грн": "UAH", "грн.": "UAH", "₺": "TRY",
    "tl": "TRY", "₩": "KRW KPW", "원": "KRW", "₫": "VND", "đ": "VND", "฿": "THB", "₱": "PHP", "rm": "MYR", "rp": "IDR",
    "₪": "ILS", "₦": "NGN", "₵": "GHS", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₾": "GEL", "₼": "AZN", "r": "ZAR",
    "fr.": "CHF", "sfr.": "CHF", "fr": "CHF", "s/": "PEN", "s/.": "PEN", "ksh": "KES", "د.إ": "AED", "ر.س": "SAR",
}  # fmt: skip
_CURRENCIES = {symbol: frozenset(codes.split()) for symbol, codes in _SYMBOLS.items()}


def decimal_mark(text: str) -> str | None:
    """The decimal mark that a cell shows beyond doubt; None for a whole number, `1.234` or no price."""
    parts = _PARTS.fullmatch(_plain(text))
    if parts is None or not any(mark in parts[3] for mark in MARKS):
        return None
    read = _readings(parts[3])
    return next(iter(read)) if len(read) == 1 else None


def parse(text: str, *, currency: str, mark: str | None, column: str, notes: list[str]) -> int:
    """A cell's amount in minor units; `mark` is the column's decimal mark, if it shows one. RowRefused.

    An amount with more decimals than the currency has is rounded, which is noted.
    """
    shown = text.strip()[:30]
    parts = _PARTS.fullmatch(_plain(text))
    if parts is None:
        raise RowRefused(f'{column} "{shown}" is not an amount in {currency}')
    for token in (parts[1], parts[5]):
        _require_currency(token.strip(), currency=currency, shown=shown, column=column)
    read = _readings(parts[3])
    if not read:
        raise RowRefused(f'{column} "{shown}" is not an amount in {currency}')
    value = _choose(read, parts[3], currency=currency, mark=mark, column=column)
    exact = (-value if parts[2] == "-" else value).scaleb(money.exponent(currency))
    minor = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if minor != exact:
        if not money.exponent(currency):
            raise RowRefused(f'{column} "{shown}" has decimals, and {currency} has none')
        notes.append(f'{column} "{shown}" was rounded to {money.format_decimal(int(minor), currency)}')
    return int(minor)


def require_currency(text: str, *, currency: str, column: str) -> None:
    """RowRefused if a cell of a currency column names another currency than the shop's."""
    if text.strip():
        code = text.strip().upper()
        if code != currency:
            raise RowRefused(f"{column} is {code[:10]}, but the shop sells in {currency}")


def _require_currency(token: str, *, currency: str, shown: str, column: str) -> None:
    if not token:
        return
    code = token.upper()
    named = frozenset({code}) if code in money.EXPONENTS else _CURRENCIES.get(token.casefold())
    if named is None:
        raise RowRefused(f'{column} "{shown}" is not an amount in {currency}')
    if currency not in named:
        names = " or ".join(sorted(named)) if len(named) < 5 else "another currency"
        raise RowRefused(f'{column} "{shown}" is in {names}, but the shop sells in {currency}')


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.strip()).replace("’", "'").replace("\u00b4", "'")


def _readings(number: str) -> dict[str, Decimal]:
    """The values of a number by decimal mark, for each mark with which it is well-formed."""
    found: dict[str, Decimal] = {}
    for mark, group in zip(MARKS, reversed(MARKS), strict=True):
        digits = _NUMBERS[mark].fullmatch(number.strip())
        if digits and any(char.isdecimal() for char in number):
            whole = "".join(char for char in digits[1] or "0" if char not in f"{group}' ")
            if len(whole) <= 15:
                found[mark] = Decimal(f"{whole}.{(digits['decimals'] or '0')[:12]}")
    return found


def _choose(read: dict[str, Decimal], number: str, *, currency: str, mark: str | None, column: str) -> Decimal:
    """The value of a number; RowRefused with both readings if neither it nor its column decides."""
    if len(set(read.values())) == 1:
        return next(iter(read.values()))
    if money.exponent(currency) == 0:  # what follows the mark can only be thousands
        return max(read.values())
    if mark is None and money.exponent(currency) == 3 and "." in number:
        return read["."]
    if mark is None:
        readings = " or ".join(f"{value.normalize():,f}" for value in sorted(read.values(), reverse=True))
        raise RowRefused(f'{column} "{number.strip()}" could mean {readings}: write it without thousands marks')
    return read[mark]


def _number_pattern(mark: str, group: str) -> re.Pattern[str]:
    grouped = rf"[1-9]\d{{0,2}}(?P<group>[{re.escape(group)}' ])(?:\d{{2,3}}(?P=group))*\d{{3}}"
    return re.compile(rf"({grouped}|\d+)?(?:{re.escape(mark)}(?P<decimals>\d*))?", re.ASCII)


_NUMBERS = {".": _number_pattern(".", ","), ",": _number_pattern(",", ".")}
