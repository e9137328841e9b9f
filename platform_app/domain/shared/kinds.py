"""Kinds of notifications and of mails. Each noun declares its own in its rules, and nothing else lists them.

They are shared because accounts, which notifications build on, declares one too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class NotificationKind:
    """What a notification is about; `name` is stored, `icon` is one of Lucide's."""

    name: str
    headline: str
    icon: str = "bell"
