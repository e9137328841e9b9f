"""Events of shops and invitations."""

from datetime import datetime
from uuid import UUID

from platform_app.infra.events import Event


class ShopSettingsChanged(Event):
    """These fields of a shop's profile, policies, pictures or holiday have changed."""

    shop_id: UUID
    fields: tuple[str, ...]


class StaffInvited(Event):
    """A shop has invited a person to join its staff."""

    shop_id: UUID
    invitation_id: UUID


class ShopClosed(Event):
    """An owner has closed a shop; it can be reopened until this time."""

    shop_id: UUID
    reopen_until: datetime


class OwnershipTransferred(Event):
    """An owner has made another member an owner too, perhaps to hand over the shop and leave."""

    shop_id: UUID
    from_user_id: UUID
    to_user_id: UUID


class ShopChangedByOperator(Event):
    """An operator (`by`) has given a shop an owner (`user_id`) or limits of its own."""

    shop_id: UUID
    user_id: UUID | None
    action: str
    by: str
