"""What leaves the domain about stock alerts."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.search.schemas import Card


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class StockAlert(_Frozen):
    """A variant that a user waits for; `title` and `choice` are as they were when the user asked.

    `card` is null while the listing is not for sale.
    """

    variant_id: UUID
    listing_id: UUID
    title: str
    choice: str
    created_at: datetime
    card: Card | None


class BackInStock(_Frozen):
    """What to mail to one user: the names of variants that are back, and a path of the first."""

    recipient: str
    names: tuple[str, ...]
    href: str
