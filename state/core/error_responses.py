"""Answers failed events: with a redirect to sign in, or with a delta that shows a message."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import reflex as rx
import structlog
from reflex.event import EventSpec
from reflex_base.constants.state import FIELD_MARKER

from platform_app.domain.shared.errors import Forbidden, ProductError, Unauthenticated, to_product_error
from platform_app.infra import security_log, sentry
from platform_app.infra.errors import Outage
from platform_app.infra.security_log import Category
from platform_app.infra.token_bucket import Rate, TokenBuckets
from state.core import identity
from state.core.hooks import Hook

HOOKS = (
    Hook(
        "reflex_base.constants.state:FIELD_MARKER",
        "the suffix of variables in a delta, which shows a message without running an event",
    ),
)

Delta = Mapping[str, Mapping[str, object]]  # values of variables, by the full name of their state

log = structlog.get_logger()


@dataclass(frozen=True)
class ErrorMessages:
    """How the interface shows errors: each function returns the delta that shows one.

    `message` takes a text for the visitor, `incident` takes the error's reference in the logs.
    """

    message: Callable[[str], Delta]
    incident: Callable[[str], Delta]


def delta(state: type[rx.State], **values: object) -> Delta:
    """The delta that sets these variables of a state in the browser; the state itself keeps its values."""
    return {state.get_full_name(): {f"{name}{FIELD_MARKER}": value for name, value in values.items()}}


def error_response(exception: Exception, messages: ErrorMessages) -> tuple[EventSpec | None, Delta]:
    """Log an error and return its answer: a redirect to the sign-in page, or the delta that shows a message.

    The answer is never another event for the backend: that could fail in the same way, forever.
    """
    if isinstance(exception, Unauthenticated):
        if isinstance(exception, identity.SignInRequired):
            return rx.redirect(identity.sign_in_url(exception.next_url, reason=exception.reason)), {}
        return rx.redirect(identity.sign_in_url("")), {}
    if isinstance(exception, Forbidden):
        security_log.record("authorisation", category=Category.INTRUSION_DETECTION, reason=exception.code)
    if isinstance(exception, ProductError):
        log.info("event refused", code=exception.code)
        return None, messages.message(str(exception))
    if isinstance(exception, Outage):
        log.warning("outage", error=str(exception))
        return None, messages.message(str(to_product_error(exception)))
    incident = secrets.token_hex(6)
    log.error("event failed", incident=incident, exc_info=exception)
    if _sentry_budget.take(""):
        sentry.capture(exception, incident=incident)
    return None, messages.incident(incident)


_sentry_budget = TokenBuckets(Rate(burst=20, per_second=1))
