"""The rates at which prices of several currencies are compared."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from platform_app.domain.exchange_rates import queries
from platform_app.domain.exchange_rates.schemas import Rate
from platform_app.infra import cache
from platform_app.infra.settings import settings

router = APIRouter(prefix="/api/v1/exchange-rates", tags=["exchange rates"])


class ExchangeRates(BaseModel):
    """The currency in which prices are filtered and sorted, and the rate of each."""

    model_config = ConfigDict(frozen=True)

    currency: str
    items: tuple[Rate, ...]


@router.get("")
async def list_rates() -> ExchangeRates:
    """How much of each currency a euro buys. Prices of several shops are compared at these rates; nothing is paid at them."""
    return ExchangeRates(currency=settings().currency, items=await cache.read(queries.list_rates))
