"""A user's address book; one of its entries, if there are any, is the default."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, func, select

from platform_app.domain.accounts import models, rules
from platform_app.domain.accounts.errors import AddressNotFound, TooManyAddresses
from platform_app.domain.accounts.rules import places
from platform_app.domain.accounts.schemas import Address, AddressDraft
from platform_app.domain.accounts.service.holding import hold
from platform_app.domain.shared.tables import new_id
from platform_app.infra.db import WriteSession, poke


def add(
    session: WriteSession, *, user_id: UUID, draft: AddressDraft, is_default: bool = False, now: datetime
) -> Address:
    """Add an address; the first one becomes the default."""
    fields = places.cleaned(draft.model_dump(include=set(AddressDraft.model_fields)))
    hold(session, user_id=user_id)
    count = session.exec(select(func.count()).where(models.Address.user_id == user_id)).one()
    if count >= rules.MAX_ADDRESSES:
        raise TooManyAddresses
    row = models.Address(user_id=user_id, id=new_id(), is_default=False, created_at=now, **fields)
    session.add(row)
    session.flush()
    if is_default or count == 0:
        _lead(session, row)
    return _changed(session, row)


def change(
    session: WriteSession, *, user_id: UUID, address_id: UUID, said: Mapping[str, str], is_default: bool = False
) -> Address:
    """Change what is said about an address; what is not said stays. `is_default` makes it the default."""
    row = _held(session, user_id=user_id, address_id=address_id)
    before = AddressDraft.model_validate(row).model_dump()
    row.sqlmodel_update(places.cleaned({**before, **said}))
    session.add(row)
    session.flush()
    if is_default:
        _lead(session, row)
    return _changed(session, row)


def make_default(session: WriteSession, *, user_id: UUID, address_id: UUID) -> Address:
    """Make one address the default, and no other."""
    row = _held(session, user_id=user_id, address_id=address_id)
    _lead(session, row)
    return _changed(session, row)


def remove(session: WriteSession, *, user_id: UUID, address_id: UUID) -> None:
    """Remove an address; after the default, the newest of the others becomes it."""
    row = _held(session, user_id=user_id, address_id=address_id)
    session.delete(row)
    session.flush()
    newest = session.exec(
        select(models.Address).where(models.Address.user_id == user_id).order_by(col(models.Address.id).desc()).limit(1)
    ).first()
    if row.is_default and newest is not None:
        _lead(session, newest)
    poke(session, f"user:{user_id}")


def _held(session: WriteSession, *, user_id: UUID, address_id: UUID) -> models.Address:
    """One of the user's own addresses, with their whole book held; AddressNotFound."""
    hold(session, user_id=user_id)
    row = session.get(models.Address, (user_id, address_id), populate_existing=True)
    if row is None:
        raise AddressNotFound
    return row


def _lead(session: WriteSession, row: models.Address) -> None:
    is_other = (col(models.Address.user_id) == row.user_id) & (col(models.Address.id) != row.id)
    session.execute(update(models.Address).where(is_other, col(models.Address.is_default)).values(is_default=False))
    row.is_default = True
    session.add(row)
    session.flush()


def _changed(session: WriteSession, row: models.Address) -> Address:
    poke(session, f"user:{row.user_id}")
    return Address.model_validate(row)
