"""Kinds of notifications and mails, and reasons to sign in. Each noun declares its own in its rules; nothing else lists them.

They are shared because accounts, which notifications build on, declares one too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class NotificationKind:
    """What a notification is about; `name` is stored, `icon` is one of Lucide's."""

    name: str
    headline: str
    icon: str = "bell"


@dataclass(frozen=True)
class SignInReason:
    """What a signed-out visitor wanted to do; `name` is in the sign-in page's URL, which shows `text`."""

    name: str
    text: str


@dataclass(frozen=True)
class MailKind:
    """A kind of mail that users can turn off; `name` is stored, and their account shows `label` and `description`."""

    name: str
    label: str
    description: str
    is_wanted_by_default: bool = True

    def is_wanted(self, choice: bool | None) -> bool:
        """Whether a user with this choice gets the mail; None if they have not chosen."""
        return self.is_wanted_by_default if choice is None else choice
