"""How a failed event is answered: with a message at once, and as an incident only if the error is unexpected."""

import pytest
from structlog.testing import capture_logs

from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.favourites.errors import TooManyFavourites
from platform_app.domain.shared.errors import Forbidden, ProductError, RateLimited, Unauthenticated, Unavailable
from platform_app.domain.shops.errors import NotPermitted
from platform_app.infra.db import DatabaseUnavailable
from state import layout
from state.core.error_responses import ErrorMessages, error_response
from state.core.identity import SignInRequired
from state.layout import LayoutState

SHELL = LayoutState.get_full_name()
MESSAGES = ErrorMessages(message=layout.message_delta, incident=layout.incident_delta)


@pytest.mark.parametrize(
    "error",
    [
        ListingNotFound(),
        NotPermitted(),
        TooManyFavourites(10),
        InvalidEdit(fields={"title": "Give it a title."}),
        RateLimited(retry_after=3),
        Unavailable(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_shows_its_message_and_is_no_incident(error: ProductError) -> None:
    with capture_logs() as logs:
        assert error_response(error, MESSAGES) == (None, {SHELL: {"message_rx_state_": str(error)}})
    assert logs[-1] == {"event": "event refused", "log_level": "info", "code": error.code}
    security_events = [(each["event.action"], each["event.reason"]) for each in logs[:-1]]
    assert security_events == ([("authorisation", error.code)] if isinstance(error, Forbidden) else [])


def test_an_outage_is_shown_without_internal_details() -> None:
    with capture_logs() as logs:
        answer = error_response(DatabaseUnavailable("The database does not answer."), MESSAGES)
    assert answer == (None, {SHELL: {"message_rx_state_": Unavailable.message}})
    assert logs == [{"event": "outage", "log_level": "warning", "error": "The database does not answer."}]


@pytest.mark.parametrize(
    ("error", "to"), [(SignInRequired("/sell"), "/sign-in?next=/sell"), (Unauthenticated(), "/sign-in")]
)
def test_a_visitor_who_must_sign_in_is_redirected_without_a_message(error: Exception, to: str) -> None:
    with capture_logs() as logs:
        event, delta = error_response(error, MESSAGES)
    assert event is not None
    assert str(event.args[0][1]).strip('"') == to
    assert (delta, logs) == ({}, [])


def test_an_unexpected_error_is_logged_and_the_visitor_sees_its_reference_only() -> None:
    error = ZeroDivisionError("secret inside")
    with capture_logs() as logs:
        event, delta = error_response(error, MESSAGES)
    (line,) = logs
    assert (line["event"], line["log_level"], line["exc_info"]) == ("event failed", "error", error)
    assert (event, delta) == (None, {SHELL: {"incident_rx_state_": line["incident"]}})


def test_a_message_is_short_plain_text() -> None:
    for given, shown in (("No.\x00\x1b[2J", "No.[2J"), ("x" * 900, "x" * 500)):
        assert layout.message_delta(given) == {SHELL: {"message_rx_state_": shown}}


def test_the_deltas_name_existing_variables_of_the_state() -> None:
    for delta in (layout.message_delta(""), layout.incident_delta("")):
        (name,) = delta[SHELL]
        assert name.removesuffix("_rx_state_") in LayoutState.vars
