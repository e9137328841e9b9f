"""Notifications."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, computed_field

from platform_app.domain.notifications import rules
from platform_app.domain.shared.kinds import NotificationKind

KindName = Annotated[str, AfterValidator(lambda name: rules.notification_kind(name).name)]
DeclaredKind = Annotated[
    NotificationKind, AfterValidator(rules.require_declared), PlainSerializer(lambda kind: kind.name, return_type=str)
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Notification(_Frozen):
    """A notification; `href` is a path in Plaza, `read_at` is null while it is unread.

    `kind` says what it is about; later releases may have kinds that this one shows as `other`.
    """

    id: UUID
    kind: KindName
    text: str
    href: str
    created_at: datetime
    read_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def title(self) -> str:
        """The headline."""
        return rules.notification_kind(self.kind).headline


class NotificationContent(_Frozen):
    """A notification to send; `about` identifies the event within its kind, `href` is a path in Plaza."""

    kind: DeclaredKind
    about: str
    text: str
    href: str
