"""Which events of a browser reach Reflex: well-formed, truncated, and within the rate limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reflex_base.registry import RegistrationContext

from platform_app import main
from platform_app.infra.client_ip import network_of
from state.core import intake, sockets
from state.core.intake import Limits, Malformed, Sender, Unstorable
from state.core.page_url import MAX_KEY_LENGTH

HYDRATE = "reflex___state____state.hydrate_and_load"
PRESS = "reflex___state____state.state___favourites____favourite_buttons_state.toggle"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just("x" * 100_000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from(
    ["http://[::1", ":x[/", "//[::1", "/\\evil", "/", "", "/shops/a?b=c#d", "\ud800", "/" + "a" * 9000]
)


def event(**changes: object) -> dict[str, object]:
    router = {"pathname": "/search", "asPath": "/search?q=mug", "query": {"q": "mug"}}
    return {"name": HYDRATE, "payload": {"vars": {}}, "router_data": router, **changes}


def test_an_event_of_a_page_passes_unchanged() -> None:
    assert main.app is not None
    assert intake.checked(event()) == event()
    assert intake.checked({"name": HYDRATE}) == {"name": HYDRATE, "payload": {}, "router_data": {}}


@pytest.mark.parametrize(
    "path",
    ["http://[::1", ":x[/", "//[::1", "//evil.example/", "", "relative", "javascript:alert(1)", None, 5, ["/"], {}],
)
def test_a_path_that_is_no_page_is_refused(path: object) -> None:
    for name in ("asPath", "pathname"):
        with pytest.raises(Malformed):
            intake.checked_router_data({"pathname": "/", "asPath": "/", name: path})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        5,
        {},
        {"name": None},
        {"name": "x" * 900_000},
        event(payload=[]),
        event(router_data="/"),
        event(payload={str(n): n for n in range(21)}),
        event(router_data={"query": []}),
        event(router_data={"query": {"q": ["a"]}}),
    ],
    ids=lambda data: str(data)[:40],
)
def test_a_malformed_event_is_refused(data: object) -> None:
    with pytest.raises(Malformed):
        intake.checked(data)


@pytest.mark.parametrize("value", ["\ud800", 2**63, -(2**63) - 1, float("inf"), ["a", {"b": "x\udfff"}], {"\ud800": 1}])
def test_values_that_cannot_be_stored_are_refused_with_a_message(value: object) -> None:
    with pytest.raises(Unstorable, match=r"^This (contains a broken character|number is too large)"):
        intake.checked(event(name=PRESS, payload={"listing_id": value}))
    assert intake.checked(event(name=PRESS, payload={"listing_id": 2**63 - 1}))["payload"] == {"listing_id": 2**63 - 1}


def test_no_browser_sets_variables_or_calls_internal_handlers() -> None:
    handlers = RegistrationContext.get().event_handlers
    assert PRESS in handlers
    assert intake.checked(event(name=PRESS))["name"] == PRESS
    setters = [name for name in handlers if name.endswith(".setvar")]
    assert len(setters) > 10
    for name in [*setters, "reflex___state____state.nothing", "__init__"]:
        with pytest.raises(Malformed):
            intake.checked(event(name=name))


def test_long_values_are_truncated() -> None:
    router = {
        "pathname": "/" + "p" * 9000,
        "asPath": "/?q=" + "a" * 500_000,
        "query": {"q" * 900: "v" * 900},
        "more": "x",
    }
    cut = intake.checked_router_data(router)
    assert set(cut) == {"pathname", "asPath", "query"}
    assert (len(cut["pathname"]), len(cut["asPath"])) == (MAX_KEY_LENGTH, MAX_KEY_LENGTH)
    assert cut["query"] == {"q" * 200: "v" * 200}
    many = intake.checked_router_data({"query": {str(n): "" for n in range(1000)}})
    assert list(many["query"]) == [str(n) for n in range(960, 1000)]


def test_a_reported_client_error_is_truncated_text() -> None:
    found = intake.checked(
        event(name=intake._REPORT, payload={"info": "x" * 900_000, "component_stack": {"a": 1}, "more": 1})
    )
    assert found["payload"] == {"info": "x" * intake.MAX_REPORT, "component_stack": "{'a': 1}"}


@given(
    data=VALUES,
    router=st.fixed_dictionaries({}, optional={"asPath": PATHS | VALUES, "pathname": PATHS | VALUES, "query": VALUES}),
)
def test_any_payload_is_a_valid_event_or_refused(data: Any, router: Any) -> None:
    for sent in (data, event(router_data=router), event(payload=data), event(name=data), {**router, "name": HYDRATE}):
        try:
            found = intake.checked(sent)
        except Malformed:
            continue
        assert set(found) == {"name", "payload", "router_data"}
        assert sum(len(str(value)) for value in found["router_data"].values()) <= 2 * MAX_KEY_LENGTH + 40 * 420


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("x" * 900, "x" * 64),
    ],
)
def test_an_ipv6_network_counts_as_one_client(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_sockets_of_one_ip_or_user_share_a_limit_and_others_are_unaffected() -> None:
    limits = Limits(per_network=50)
    crowd = [Sender(socket=f"s{n}", user="", network="203.0.113.9") for n in range(150)]
    assert sum(limits.allows(each) for each in crowd for _ in range(5)) <= 50 * intake.NETWORK_BURST + 5
    assert limits.allows(Sender(socket="other", user="", network="203.0.113.10"))
    assert limits.allows(Sender(socket="member", user="digest", network="203.0.113.9"))
    tabs = [Sender(socket=f"t{n}", user="digest", network=f"10.0.0.{n}") for n in range(100)]
    assert sum(limits.allows(each) for each in tabs for _ in range(5)) <= intake.PER_USER.burst + 5


def test_a_socket_has_a_limit_of_its_own() -> None:
    limits = Limits(per_network=50)
    one = Sender(socket="s", user="digest", network="")
    assert sum(limits.allows(one) for _ in range(60)) in range(intake.PER_SOCKET.burst, intake.PER_SOCKET.burst + 3)


def test_headers_that_are_stored_with_a_tab_are_few_and_short() -> None:
    sent = [(b"user-agent", b"a" * 8000), (b"cookie", b"secret"), (b"authorization", b"secret")]
    sent += [(b"x-forwarded-for", b"198.51.100.1")] * 90 + [(b"x-forwarded-for", b"203.0.113.9")]
    found = dict(sockets.retained_headers(sent))
    assert set(found) == {b"user-agent", b"x-forwarded-for"}
    assert [len(value) for value in found.values()] == [sockets.MAX_HEADER_LENGTH] * 2
    assert found[b"x-forwarded-for"].endswith(b", 203.0.113.9")
