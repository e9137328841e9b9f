"""Notifications as surfaces show them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.notifications.rules import Kind


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Notification(_Frozen):
    """Something the user was told; `href` is where in Plaza it leads, `read_at` null as long as it is unread."""

    id: UUID
    kind: Kind
    text: str
    href: str
    created_at: datetime
    read_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def title(self) -> str:
        """What happened."""
        return self.kind.headline


class NotificationContent(_Frozen):
    """Something to tell a user; `about` names the event among those of its kind, `href` is a path of ours."""

    kind: Kind
    about: str
    text: str
    href: str
