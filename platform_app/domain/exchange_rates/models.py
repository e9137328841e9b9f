"""The exchange rates that the operator has set."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, Numeric
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import LOCAL, Distribution


class ExchangeRate(SQLModel, table=True):
    """How much of a currency a euro buys, on a day."""

    __tablename__ = "exchange_rate"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (CheckConstraint("per_euro > 0", name="per_euro"),)

    currency: str = Field(primary_key=True)
    per_euro: Decimal = Field(sa_type=Numeric)
    as_of: date
