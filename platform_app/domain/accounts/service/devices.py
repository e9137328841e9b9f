"""Known devices, and the notification about a sign-in from a new one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.accounts.events import SignedInFromNewDevice
from platform_app.domain.accounts.models import KnownDevice
from platform_app.domain.accounts.rules import DEVICE_RETENTION, devices
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def record_sign_in(
    session: WriteSession, *, user_id: UUID, session_id: UUID, user_agent: str, ip: str, now: datetime
) -> None:
    """Record the device of a sign-in; publish SignedInFromNewDevice unless it is known or the user's first.

    A job writes the notification: notifications depend on accounts.
    """
    device = devices.device_name(user_agent)
    row = {"user_id": user_id, "device": device, "network": devices.network(ip), "seen_at": now}
    is_new = session.execute(
        insert(KnownDevice)
        .values(row)
        .on_conflict_do_update(index_elements=["user_id", "device", "network"], set_={"seen_at": now})
        .returning(literal_column("xmax = 0"))
    ).scalar_one()
    if not is_new:
        return
    known = session.exec(select(func.count()).where(KnownDevice.user_id == user_id)).one()
    if known > 1:
        address = devices.printable_ip(ip)
        event = SignedInFromNewDevice(user_id=user_id, session_id=session_id, device=device, address=address, at=now)
        outbox.publish(session, event)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete devices that have not been used for a long time."""
    session.execute(delete(KnownDevice).where(col(KnownDevice.seen_at) < now - DEVICE_RETENTION))
