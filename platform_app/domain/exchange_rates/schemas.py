"""Exchange rates."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Rate(BaseModel):
    """How much of a currency a euro buys, where that is from, and of which day."""

    model_config = ConfigDict(frozen=True)

    currency: str
    per_euro: Decimal
    source: str
    as_of: date


class RatesChange(BaseModel):
    """What a table of rates has changed: the currencies with another rate, and those that Plaza does not know."""

    model_config = ConfigDict(frozen=True)

    as_of: date
    changed: tuple[str, ...]
    unknown: tuple[str, ...]
