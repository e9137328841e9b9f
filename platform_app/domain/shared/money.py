"""Money: integer minor units and a currency. Never a float."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency
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

_NUMBER = re.compile(r"^[+-]?[0-9]{1,15}(\.[0-9]{1,6})?$")


class Money(BaseModel):
    """An amount in minor units of its currency: 4999 USD is $49.99."""

    model_config = ConfigDict(frozen=True)

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimal places the currency has; KeyError for a code that is not ISO 4217."""
    return EXPONENTS[currency]


def parse_amount(text: str, currency: str) -> int | None:
    """The minor units of a text such as `49.99`, `1,299.00` or `1.299,00`; None if it is not an amount."""
    normalized = _normalize_decimal(text.strip().strip("$€£¥ "))
    if not _NUMBER.match(normalized):
        return None
    try:
        minor = Decimal(normalized).scaleb(exponent(currency))
    except (InvalidOperation, KeyError):
        return None
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


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
        format=_format_pattern(currency),
    )


def _format_pattern(currency: str) -> str:
    decimal_places = exponent(currency)
    return "¤#,##0" + ("." + "0" * decimal_places if decimal_places else "")


def _normalize_decimal(text: str) -> str:
    """The number with `.` as decimal mark: the last of `,` and `.` is the mark, unless it groups thousands."""
    comma, dot = text.rfind(","), text.rfind(".")
    if comma > dot:
        groups = text.split(",")
        is_grouping = dot == -1 and len(groups) > 1 and all(len(group) == 3 for group in groups[1:])
        return text.replace(",", "") if is_grouping else text.replace(".", "").replace(",", ".")
    return text.replace(",", "")
