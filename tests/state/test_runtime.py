"""How an event that failed is answered: calmly, and as an incident only where nobody expected it."""

import pytest
from structlog.testing import capture_logs

from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.favourites.errors import TooManyFavourites
from platform_app.domain.shared.errors import ProductError, RateLimited, Unauthenticated, Unavailable
from platform_app.domain.shops.errors import NotPermitted
from platform_app.infra.db import DatabaseUnavailable
from state import runtime
from state.identity import SignInFirst
from state.shell import ShellState


def answer(error: Exception) -> tuple[str, str]:
    """The event that answers, and what it says."""
    event = runtime.report(error)
    return event.handler.fn.__qualname__, str(event.args[0][1]) if event.args else ""


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
def test_a_refusal_is_told_in_its_own_words_and_is_no_incident(error: ProductError) -> None:
    with capture_logs() as logs:
        handler, said = answer(error)
    assert handler == "ShellState.tell"
    assert said.strip('"') == str(error).replace('"', '\\"')
    assert logs == [{"event": "event refused", "log_level": "info", "code": error.code}]


def test_an_outage_is_told_as_one_without_its_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logs:
        handler, said = answer(DatabaseUnavailable("The database does not answer."))
    assert (handler, said.strip('"')) == ("ShellState.tell", Unavailable.message)
    assert logs == [{"event": "outage", "log_level": "warning", "error": "The database does not answer."}]


@pytest.mark.parametrize(
    ("error", "to"), [(SignInFirst("/sell"), "/sign-in?next=/sell"), (Unauthenticated(), "/sign-in")]
)
def test_whoever_has_to_sign_in_is_led_there_without_a_word(error: Exception, to: str) -> None:
    with capture_logs() as logs:
        _, said = answer(error)
    assert said.strip('"') == to
    assert logs == []


def test_what_nobody_expected_is_an_incident_with_its_trace_and_the_visitor_learns_its_name_only() -> None:
    error = ZeroDivisionError("secret inside")
    with capture_logs() as logs:
        handler, incident = answer(error)
    (line,) = logs
    assert (line["event"], line["log_level"], line["exc_info"]) == ("event failed", "error", error)
    assert (handler, incident.strip('"')) == ("ShellState.apologise", line["incident"])


def test_what_is_told_is_plain_and_short_whoever_says_it() -> None:
    shell = ShellState(_reflex_internal_init=True)  # type: ignore[call-arg]
    for given, said in (("No.\x00\x1b[2J", "No.[2J"), ("x" * 900, "x" * 500), (None, "None"), (["a"], "['a']")):
        ShellState.tell.fn(shell, given)  # type: ignore[attr-defined]
        assert shell.said == said
