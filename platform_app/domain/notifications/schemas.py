"""Notifications."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.notifications.rules import Kind


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Notification(_Frozen):
    """A notification; `href` is a path in Plaza, `read_at` is null while it is unread."""

    id: UUID
    kind: Kind
    text: str
    href: str
    created_at: datetime
    read_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def title(self) -> str:
        """The headline."""
        return self.kind.headline


class NotificationContent(_Frozen):
    """A notification to send; `about` identifies the event within its kind, `href` is a path in Plaza."""

    kind: Kind
    about: str
    text: str
    href: str
