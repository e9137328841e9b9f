"""The caller's address book."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts import queries
from platform_app.domain.accounts.schemas import Address, AddressInput
from platform_app.domain.accounts.service import addresses
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/account/addresses", tags=["account"], route_class=GuardedRoute)


class PostalAddressBody(AddressInput):
    """A new address; `is_default` makes it the default."""

    is_default: bool = False


class PostalAddressPatch(BaseModel):
    """Changes of an address; omitted fields keep their values."""

    model_config = ConfigDict(frozen=True)

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    dependent_locality: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    phone: str | None = None
    is_default: bool = False


@router.get("")
async def list_addresses(user: CurrentUser) -> Page[Address]:
    """The caller's addresses, the default first."""
    found = await db.read(queries.addresses, user_id=user.user_id)
    return Page[Address](items=found, total=len(found))


@router.post("", status_code=201)
async def add(body: PostalAddressBody, user: WritingUser) -> Address:
    """Add an address. The first one becomes the default."""
    return await db.write(addresses.add, user_id=user.user_id, address=body, is_default=body.is_default, now=utc_now())


@router.patch("/{address_id}")
async def update(address_id: UUID, body: PostalAddressPatch, user: WritingUser) -> Address:
    """Change an address, or make it the default.

    The address then has to be valid in its country. Omitted fields that the country does not have are emptied.
    """
    values = body.model_dump(exclude_none=True, exclude={"is_default"})
    return await db.write(
        addresses.change, user_id=user.user_id, address_id=address_id, values=values, is_default=body.is_default
    )


@router.delete("/{address_id}", status_code=204)
async def remove(address_id: UUID, user: WritingUser) -> None:
    """Remove an address. If it was the default, the newest remaining address becomes the default."""
    await db.write(addresses.remove, user_id=user.user_id, address_id=address_id)
