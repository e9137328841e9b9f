"""Hostile websocket messages: the process survives, logs little, and keeps serving others."""

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
from tests.e2e import users
from tools.bench import socket_client

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
    """The number of events that ended in an unexpected error, over all web processes of the test."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        text = answer.read().decode()
    return sum(
        float(line.split()[-1]) for line in text.splitlines() if "plaza_event_seconds_count" in line and "error" in line
    )


def log_size() -> int:
    """The bytes in the logs of both web processes."""
    return sum(path.stat().st_size for path in (settings().data / "e2e").glob("web-*.log"))


def test_invalid_router_data_fails_no_event_and_leaves_no_task(plaza: SimpleNamespace) -> None:
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


def test_invalid_frames_neither_end_the_process_nor_flood_its_log(plaza: SimpleNamespace) -> None:
    chosen, size, sent = random.Random(7), log_size(), 0
    values = values_of(JSON, 300)
    while sent < FRAMES:
        try:
            sent += send_some(plaza.url, chosen, values)
        except ConnectionClosed:
            sent += 1  # a refusal is an answer, too
    # Signed in, because the earlier frames have used up this network's limit for visitors.
    cookie = f"{users.COOKIE}={users.make_session('another@example.org')}"
    with socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie) as other:
        assert '"menu_rx_state_"' in other.hydrate("/")
        other.settle()
    assert log_size() - size < 1_000_000


def send_some(url: str, chosen: random.Random, values: list[object]) -> int:
    """Send frames over one socket; returns how many."""
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
    """`count` deterministic values of a strategy."""
    found: list[object] = []

    @hypothesis_settings(max_examples=count, database=None, phases=[Phase.generate], derandomize=True)
    @given(strategy)
    def collect(value: object) -> None:
        found.append(value)

    collect()
    return found


def test_an_oversized_frame_closes_its_own_socket_and_logs_one_line_at_most(plaza: SimpleNamespace) -> None:
    size = log_size()
    with socket_client.open_socket(plaza.url, str(uuid4())) as socket:
        socket.socket.send('42/_event,["event","' + "x" * 900_000 + '"]')
        assert socket.is_closed()
    assert log_size() - size < 20_000


def test_a_client_that_sends_too_fast_is_refused_and_others_are_served(plaza: SimpleNamespace) -> None:
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


def test_oversized_router_data_is_not_stored_with_the_tab(plaza: SimpleNamespace) -> None:
    with socket_client.open_socket(plaza.url, str(uuid4())) as socket:
        socket.hydrate("/search?q=mug&long=" + "a" * 50_000)
        socket.settle()
    with socket_client.open_socket(plaza.url, str(uuid4())) as other:
        other.hydrate("/")
    assert re.search("a{3000}", users.stored_states()) is None
