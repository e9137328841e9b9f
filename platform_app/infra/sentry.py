"""Reports unexpected errors to Sentry: what failed and where, without personal data.

No cookies, headers, bodies, queries, local variables or breadcrumbs are sent. Text in error messages that looks like a
secret or an e-mail address is redacted.
"""

import importlib
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from platform_app.infra.settings import Settings

REDACTED = "[hidden]"
_SECRETS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail addresses
    r"|(?<=://)[^/\s@]+@"  # credentials in URLs
    r"|(?i:(?<=token=)|(?<=password=)|(?<=secret=)|(?<=session=))[^\s&'\";,)]+"
    r"|\b(?=[\w-]*\d)[A-Za-z0-9_-]{24,}\b"  # random tokens
)
_ALLOWED_KEYS = (
    "event_id",
    "timestamp",
    "level",
    "platform",
    "release",
    "environment",
    "server_name",
    "exception",
    "tags",
    "sdk",
)


_sdk: list[ModuleType] = []  # empty unless `init` enabled reporting


def init(settings: Settings, *, tier: str) -> None:
    """Enable error reporting for this process if a DSN is set."""
    dsn = settings.sentry_dsn.get_secret_value()
    if not dsn:
        return
    # Imported only when needed, since the SDK imports every framework it finds.
    sdk = importlib.import_module("sentry_sdk")
    integrations = importlib.import_module("sentry_sdk.integrations.excepthook")
    sdk.init(
        dsn=dsn,
        environment=str(settings.env),
        release=settings.release or None,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[integrations.ExcepthookIntegration()],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        before_send=scrub,
        shutdown_timeout=2,
    )
    sdk.set_tag("tier", tier)
    _sdk.append(sdk)


def capture(error: BaseException, **tags: str) -> None:
    """Report an error with tags."""
    for sdk in _sdk:
        with sdk.new_scope() as scope:
            for name, value in tags.items():
                scope.set_tag(name, value)
            scope.capture_exception(error)


def flush() -> None:
    """Wait until pending reports are sent, at most two seconds."""
    for sdk in _sdk:
        sdk.flush(timeout=2)


def scrub(event: Mapping[str, Any], _: Mapping[str, Any]) -> dict[str, Any]:
    """The event with only allowed fields, and with secrets redacted."""
    allowed = {name: event[name] for name in _ALLOWED_KEYS if name in event}
    for exception in allowed.get("exception", {}).get("values", []):
        exception["value"] = _SECRETS.sub(REDACTED, str(exception.get("value", "")))
        for frame in exception.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    return allowed
