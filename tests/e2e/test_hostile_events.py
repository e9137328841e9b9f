"""What strangers send over the websocket: the process stays alive, quiet, and there for everybody else."""

import json
import random
import re
import urllib.request
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from platform_app.infra.settings import settings
from state.core import intake
from tests.e2e import socket_client, users

FRAMES = 1500
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
PATHS = (
    "http://[::1",
    ":x[/",
    "//[::1/",
    "/",
    "/search?q=mug",
    "/sell/clay-and-co/listings",
    "/" + "a" * 60_000,
    "\ud800",
    "",
)
HANDLERS = (
    "hydrate_and_load",
    "set_is_hydrated",
    "setvar",
    "reflex___state____on_load_internal_state.on_load_internal",
    "reflex___state____update_vars_internal_state.update_vars_internal",
    "reflex___state____frontend_event_exception_state.handle_frontend_exception",
    "state___search____search_state.show_more",
    "state___favourites____favourite_buttons_state.toggle",
    "state___search_typeahead____typeahead_state.suggest",
    "state___editing____editor_state.fill_column",
)


def errors(url: str) -> float:
    """How many events have ended in an error nobody expected, of all web processes of the test."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        text = answer.read().decode()
    return sum(
        float(line.split()[-1]) for line in text.splitlines() if "plaza_event_seconds_count" in line and "error" in line
    )


def log_size() -> int:
    """Bytes in the logs of both web processes."""
    return sum(path.stat().st_size for path in (settings().data / "e2e").glob("web-*.log"))


def test_router_data_that_no_parser_takes_fails_no_event_and_leaves_no_loop(plaza: SimpleNamespace) -> None:
    failed, size = errors(plaza.url), log_size()
    for path in ("http://[::1", ":x[/"):
        with socket_client.open_socket(plaza.url, str(uuid4())) as socket:
            for handler in HANDLERS:
                socket.send(handler, {}, path=path)
            socket.hydrate("/")
            socket.settle()
    with socket_client.open_socket(plaza.url, str(uuid4())) as other:
        assert '"menu_rx_state_"' in other.hydrate("/")
    assert errors(plaza.url) == failed
    assert log_size() - size < 20_000


def test_frames_of_every_form_leave_the_process_alive_and_the_log_short(plaza: SimpleNamespace) -> None:
    chosen, size, sent = random.Random(7), log_size(), 0
    values = values_of(JSON, 300)
    while sent < FRAMES:
        try:
            sent += send_some(plaza.url, chosen, values)
        except ConnectionClosed:
            sent += 1  # which is an answer, too
    # Signed in, because the strangers have used up what this network may send signed out.
    cookie = f"{users.COOKIE}={users.make_session('another@example.org')}"
    with socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie) as other:
        assert '"menu_rx_state_"' in other.hydrate("/")
        other.settle()
    assert log_size() - size < 1_000_000


def send_some(url: str, chosen: random.Random, values: list[object]) -> int:
    """Send frames over one socket, and how many."""
    with socket_client.open_socket(url, str(uuid4())) as socket:
        for number in range(50):
            event = {
                "name": f"{socket_client.ROOT_STATE}.{chosen.choice(HANDLERS)}"
                if chosen.random() < 0.8
                else chosen.choice(values),
                "payload": chosen.choice(values),
                "router_data": {
                    "pathname": chosen.choice(PATHS),
                    "asPath": chosen.choice(PATHS),
                    "query": chosen.choice(values),
                },
            }
            frames = [
                '42/_event,["event",' + json.dumps(event) + "]",
                '42/_event,["event",' + json.dumps(chosen.choice(values)) + "]",
                '42/_event,["client_error",' + json.dumps(chosen.choice(values)) + "]",
                '42/_event,["ping"]',
                "42/_event," + json.dumps(chosen.choice(values)),
                "4" + str(chosen.randrange(9)) + chosen.choice(("", "/_event,", "[", "{}")),
            ]
            socket.socket.send(frames[0] if number % 2 else chosen.choice(frames))
    return 50


def values_of(strategy: st.SearchStrategy[object], count: int) -> list[object]:
    """Values of a strategy, the same in each run."""
    found: list[object] = []

    @hypothesis_settings(max_examples=count, database=None, phases=[Phase.generate], derandomize=True)
    @given(strategy)
    def collect(value: object) -> None:
        found.append(value)

    collect()
    return found


def test_a_frame_that_is_too_long_ends_its_own_socket_and_leaves_a_line_at_most(plaza: SimpleNamespace) -> None:
    size = log_size()
    with socket_client.open_socket(plaza.url, str(uuid4())) as socket:
        socket.socket.send('42/_event,["event","' + "x" * 900_000 + '"]')
        assert socket.is_closed()
    assert log_size() - size < 20_000


def test_who_sends_too_fast_is_told_and_nobody_else_is(plaza: SimpleNamespace) -> None:
    with socket_client.open_socket(
        plaza.url, str(uuid4()), cookie=f"{users.COOKIE}={users.make_session('fast@example.org')}"
    ) as fast:
        for _ in range(intake.PER_SOCKET.burst * 3):
            fast.send("state___layout____layout_state.dismiss")
        assert intake.TOO_FAST.replace(" ", "") in fast.await_text(intake.TOO_FAST.replace(" ", ""))
    with socket_client.open_socket(
        plaza.url, str(uuid4()), cookie=f"{users.COOKIE}={users.make_session('slow@example.org')}"
    ) as slow:
        slow.hydrate("/search?q=mug")
        assert intake.TOO_FAST.replace(" ", "") not in slow.settle()


def test_what_is_too_long_in_router_data_is_not_stored_with_a_tab(plaza: SimpleNamespace) -> None:
    with socket_client.open_socket(plaza.url, str(uuid4())) as socket:
        socket.hydrate("/search?q=mug&long=" + "a" * 50_000)
        socket.settle()
    with socket_client.open_socket(plaza.url, str(uuid4())) as other:
        other.hydrate("/")
    assert re.search("a{3000}", users.stored_states()) is None
