"""Stock as commands take it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Quantity(BaseModel):
    """How many of a variant there are; None means that nobody counts."""

    model_config = ConfigDict(frozen=True)

    variant_id: UUID
    on_hand: int | None
