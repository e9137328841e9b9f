"""A user's address book; if it has entries, exactly one is the default."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, func, select

from platform_app.domain.accounts import models, rules
from platform_app.domain.accounts.errors import AddressNotFound, TooManyAddresses
from platform_app.domain.accounts.rules import postal
from platform_app.domain.accounts.schemas import Address, AddressInput
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shared.model_base import new_id
from platform_app.infra.db import WriteSession, invalidate


def add(
    session: WriteSession, *, user_id: UUID, address: AddressInput, is_default: bool = False, now: datetime
) -> Address:
    """Add an address; the first one becomes the default."""
    fields = postal.clean_address(address.model_dump(include=set(AddressInput.model_fields)))
    lock_user(session, user_id=user_id)
    count = session.exec(select(func.count()).where(models.Address.user_id == user_id)).one()
    if count >= rules.MAX_ADDRESSES:
        raise TooManyAddresses
    row = models.Address(user_id=user_id, id=new_id(), is_default=False, created_at=now, **fields)
    session.add(row)
    session.flush()
    if is_default or count == 0:
        _mark_default(session, row)
    return _changed(session, row)


def change(
    session: WriteSession, *, user_id: UUID, address_id: UUID, values: Mapping[str, str], is_default: bool = False
) -> Address:
    """Change the given fields of an address; `is_default` makes it the default.

    Any change makes the address valid in its country. Fields that are not given and that its country does not have are
    emptied. An address stored under older rules stays as it is until one of its fields changes.
    """
    row = _lock_address(session, user_id=user_id, address_id=address_id)
    if values:
        before = AddressInput.model_validate(row).model_dump()
        kept = postal.without_foreign_fields(before, country=values.get("country", row.country))
        row.sqlmodel_update(postal.clean_address({**kept, **values}))
    session.add(row)
    session.flush()
    if is_default:
        _mark_default(session, row)
    return _changed(session, row)


def set_default(session: WriteSession, *, user_id: UUID, address_id: UUID) -> Address:
    """Make one address the only default."""
    row = _lock_address(session, user_id=user_id, address_id=address_id)
    _mark_default(session, row)
    return _changed(session, row)


def remove(session: WriteSession, *, user_id: UUID, address_id: UUID) -> None:
    """Remove an address; if it was the default, the newest remaining one takes over."""
    row = _lock_address(session, user_id=user_id, address_id=address_id)
    session.delete(row)
    session.flush()
    newest = session.exec(
        select(models.Address).where(models.Address.user_id == user_id).order_by(col(models.Address.id).desc()).limit(1)
    ).first()
    if row.is_default and newest is not None:
        _mark_default(session, newest)
    invalidate(session, user_tag(user_id))


def _lock_address(session: WriteSession, *, user_id: UUID, address_id: UUID) -> models.Address:
    """One of the user's own addresses, with their whole address book locked; AddressNotFound."""
    lock_user(session, user_id=user_id)
    row = session.get(models.Address, (user_id, address_id), populate_existing=True)
    if row is None:
        raise AddressNotFound
    return row


def _mark_default(session: WriteSession, row: models.Address) -> None:
    is_other = (col(models.Address.user_id) == row.user_id) & (col(models.Address.id) != row.id)
    session.execute(update(models.Address).where(is_other, col(models.Address.is_default)).values(is_default=False))
    row.is_default = True
    session.add(row)
    session.flush()


def _changed(session: WriteSession, row: models.Address) -> Address:
    invalidate(session, user_tag(row.user_id))
    return Address.model_validate(row)
