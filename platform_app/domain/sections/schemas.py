"""What leaves the domain about sections and pinned listings."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ShopSection(_Frozen):
    """A section as visitors see it."""

    slug: str
    title: str


class Section(_Frozen):
    """A section with the number of its listings, in any status."""

    id: UUID
    slug: str
    title: str
    listings: int


class Pinned(_Frozen):
    """A pinned listing."""

    listing_id: UUID
    title: str


class SectionList(_Frozen):
    """A shop's sections and pinned listings, in order, for its members; `version` is what a change names."""

    version: int
    sections: tuple[Section, ...]
    pinned: tuple[Pinned, ...]
