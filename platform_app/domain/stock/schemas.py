"""Input of stock commands."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Quantity(BaseModel):
    """A variant's stock on hand; None means untracked."""

    model_config = ConfigDict(frozen=True)

    variant_id: UUID
    on_hand: int | None
