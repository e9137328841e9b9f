"""Money: integer minor units and a currency. Never a float."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol
from pydantic import BaseModel, ConfigDict

# ISO 4217 minor units. Our own table, because display libraries disagree on RSD, LBP, IQD and others.
EXPONENTS = {
    **dict.fromkeys(
        "AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
        "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
        "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
        "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW".split(),
        2,
    ),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}

_NUMBER = re.compile(r"^[+-]?[0-9]{1,16}(\.[0-9]{1,6})?$")


class Money(BaseModel):
    """An amount in minor units of its currency: 4999 USD is $49.99."""

    model_config = ConfigDict(frozen=True)

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimal places the currency has; KeyError for a code that is not ISO 4217."""
    return EXPONENTS[currency]


def parse_amount(text: str, currency: str) -> int | None:
    """The minor units of a text such as `49.99`, `1,299.00` or `1.299,00`.

    None if it is not an amount in this currency, or has more decimals than the currency: nothing is rounded in silence.
    """
    value = _parse_decimal(text, currency)
    minor = value.scaleb(exponent(currency)) if value is not None else None
    return int(minor) if minor is not None and minor == minor.to_integral_value() else None


def has_too_many_decimals(text: str, currency: str) -> bool:
    """Whether this is an amount, but with more decimals than the currency has, such as `1500.50` yen."""
    return _parse_decimal(text, currency) is not None and parse_amount(text, currency) is None


def format_decimal(amount: int, currency: str) -> str:
    """The amount as a plain decimal: 4999 USD is `49.99`."""
    decimal_places = exponent(currency)
    return f"{Decimal(amount).scaleb(-decimal_places):.{decimal_places}f}"


@lru_cache(maxsize=10_000)
def format_money(amount: int, currency: str, *, locale: str = "en_US") -> str:
    """The amount for display: `$49.99`."""
    value = Decimal(amount).scaleb(-exponent(currency))
    return format_currency(
        value,
        currency,
        locale=locale,
        currency_digits=False,
        decimal_quantization=False,
        format=_format_pattern(currency, locale),
    )


def _parse_decimal(text: str, currency: str) -> Decimal | None:
    """The number; None if it is none, or beside the sign of another currency."""
    if currency not in EXPONENTS:
        return None
    number = text.strip()
    for sign in _signs(currency):
        number = number.removeprefix(sign).removesuffix(sign).strip()
    normalized = _normalize_decimal(number)
    return Decimal(normalized) if _NUMBER.match(normalized) else None


@lru_cache
def _signs(currency: str) -> tuple[str, ...]:
    """How people write the currency beside an amount: `A$`, `$` and `AUD`; the longest first."""
    symbol = get_currency_symbol(currency, "en_US")
    last = symbol[-1] if unicodedata.category(symbol[-1]) == "Sc" else currency
    return (symbol, last, currency)


def _format_pattern(currency: str, locale: str) -> str:
    """The locale's pattern with the currency's decimals.

    As CLDR has it, a no-break space separates letters from the amount, but not a sign: `CHF 5`, `$5`. Babel does not.
    """
    decimal_places = exponent(currency)
    standard = Locale.parse(locale).currency_formats["standard"].pattern
    pattern = standard.replace(".00", "." + "0" * decimal_places if decimal_places else "")
    is_sign = unicodedata.category(get_currency_symbol(currency, locale)[-1])[0] in "SZ"
    return pattern if is_sign else re.sub(r"¤(?=[#0])", "¤\u00a0", pattern)


def _normalize_decimal(text: str) -> str:
    """The number with `.` as decimal mark: the last of `,` and `.` is the mark, unless it groups thousands."""
    comma, dot = text.rfind(","), text.rfind(".")
    if comma > dot:
        groups = text.split(",")
        is_grouping = dot == -1 and len(groups) > 1 and all(len(group) == 3 for group in groups[1:])
        return text.replace(",", "") if is_grouping else text.replace(".", "").replace(",", ".")
    return text.replace(",", "")
