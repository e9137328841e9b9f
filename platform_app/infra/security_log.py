"""Security events: who did what to sign-in, roles and limits, as log lines of the Elastic Common Schema and as metrics.

Users are named by id, and before they are known by a digest of their mailbox; never by their address.
"""

from enum import StrEnum

import structlog

from platform_app.infra import metrics


class Category(StrEnum):
    """What an event is about (`event.category`)."""

    AUTHENTICATION = "authentication"
    IAM = "iam"  # accounts, roles, memberships
    DATABASE = "database"  # data leaves in bulk
    INTRUSION_DETECTION = "intrusion_detection"


log = structlog.get_logger()


def record(
    action: str,
    *,
    category: Category,
    reason: str = "",
    user_id: str = "",
    mailbox: str = "",
    ip: str = "",
    **more: str,
) -> None:
    """Log and count an event; it has failed if there is a `reason`, the code of an error."""
    outcome = "failure" if reason else "success"
    metrics.SECURITY_EVENTS.labels(action=action, outcome=outcome).inc()
    fields = {
        "event.kind": "event",
        "event.category": category.value,
        "event.action": action,
        "event.outcome": outcome,
        "event.reason": reason,
        "user.id": user_id,
        "user.hash": mailbox,
        "source.ip": ip,
        **more,
    }
    log.info("security event", **{name: value for name, value in fields.items() if value})
