"""Several web processes act as one Plaza."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from platform_app.domain.imports.rules.states import RunState
from tests.e2e import users
from tests.imports import helpers
from tests.media import sample_files

Open = Callable[..., Page]
STATE_SCHEMA_SENT = re.compile(r'("state_schema":")[0-9a-f]{32}')
STATE_SCHEMA = re.compile(r"`[0-9a-f]{32}`")  # what a frontend says of its states when it connects


def import_listing(title: str, price: str) -> None:
    """Import a file of one listing, with the worker."""
    helpers.start(f"key,title,price,category\nlate,{title},{price},Home & living\n".encode())


def test_an_imported_price_shows_on_open_pages_of_every_process(plaza: SimpleNamespace, open_page: Open) -> None:
    pages = [open_page(f"{url}/search?q=latecomer") for url in plaza.urls]
    import_listing("Latecomer bowl", "42.00")
    for page in pages:
        expect(page.get_by_role("link", name="Latecomer bowl")).to_be_visible()
    listings = [open_page(f"{url}/shops/clay-and-co/latecomer-bowl") for url in plaza.urls]
    import_listing("Latecomer bowl", "43.00")
    for page in listings:
        expect(page.get_by_role("main").get_by_text("$43.00").first).to_be_visible()


@pytest.mark.parametrize("index", [0, 1])
def test_killing_a_web_process_costs_a_visitor_a_reconnect_only(
    plaza: SimpleNamespace, open_page: Open, index: int
) -> None:
    page = open_page(f"{plaza.urls[index]}/search?q=mug", width=1440, allowed_messages="WebSocket connection to")
    plaza.webs[index].kill()
    plaza.webs[index].start()
    plaza.await_ready(plaza.urls[index])
    page.get_by_role("checkbox", name="In stock").first.check()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()


def test_an_open_tab_of_the_previous_release_reloads_once_and_keeps_its_url(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    token = users.make_session("piet@example.org")
    page = open_as(token, plaza.url, width=1440, allowed_messages="WebSocket connection to")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})  # else a script that it has is not asked for
    loads, changed = list[str](), list[str]()
    page.on("load", lambda loaded: loads.append(loaded.url))
    is_switched = False

    def serve_script(route: Route) -> None:
        """Until the switch, serve scripts of a frontend whose states had other names."""
        answer = route.fetch()
        current = answer.text()
        served = current if is_switched else STATE_SCHEMA.sub(f"`{'0' * 32}`", current)
        if served != current:
            changed.append(route.request.url)
        route.fulfill(response=answer, body=served)

    def connect(socket: WebSocketRoute) -> None:
        """Until the switch, no process of this release answers."""
        if is_switched:
            socket.connect_to_server()
        else:
            socket.close()

    page.route(re.compile(r"/assets/.*\.js$"), serve_script)
    page.route_web_socket(re.compile("/_event"), connect)
    url = f"{plaza.url}/search?q=mug&sort=price_up"
    with page.expect_response(lambda response: response.url in changed):
        page.goto(url)
    expect(page.get_by_text("30 listings", exact=True)).to_be_visible()
    is_switched = True
    expect(page.locator("#first-paint")).to_have_count(0)
    page.get_by_role("checkbox", name="In stock").check()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Notifications")).to_be_visible()
    assert loads == [url, url]  # as the previous release, and once again
    assert page.get_by_text("A new version of this app is available").count() == 0


def test_a_form_keeps_its_text_when_its_socket_reaches_another_release(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(users.make_session("quinn@example.org"), plaza.url, allowed_messages="WebSocket connection to")
    sockets, loads, refused = list[WebSocketRoute](), list[str](), list[str]()
    is_switched = False

    def connect(socket: WebSocketRoute) -> None:
        """After the switch, the first connection is that of a frontend whose states had other names."""
        server = socket.connect_to_server()
        sockets.append(socket)

        def pass_on(message: str | bytes) -> None:
            if (
                is_switched
                and not refused
                and (renamed := STATE_SCHEMA_SENT.sub(r"\g<1>" + "0" * 32, str(message))) != message
            ):
                refused.append(renamed)
                server.send(renamed)
            else:
                server.send(message)

        socket.on_message(pass_on)

    page.route_web_socket(re.compile("/_event"), connect)
    page.goto(f"{plaza.url}/account")
    field = page.get_by_role("textbox", name="Name").first
    expect(field).to_have_value("Someone")
    page.on("load", lambda loaded: loads.append(loaded.url))
    field.fill("Olga of the old release")
    is_switched = True
    with page.expect_event("load"):
        sockets[-1].close()
    expect(page.locator("main[data-ready]")).to_be_visible()
    expect(field).to_have_value("Olga of the old release")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert loads == [f"{plaza.url}/account"]


def test_killing_a_web_process_during_an_upload_and_an_import_loses_nothing(
    plaza: SimpleNamespace, open_as: Open, tmp_path: Path
) -> None:
    cookie = users.make_owner_session("olga@example.org")
    page = open_as(
        cookie, f"{plaza.url}/sell/clay-and-co/listings", allowed_messages=("net::ERR_", "WebSocket connection to")
    )
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Sent through an outage")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    photos = [tmp_path / f"{number}.jpg" for number in range(4)]
    for number, photo in enumerate(photos):
        photo.write_bytes(sample_files.photo(1600, 1200, seed=number))
    page.locator("#pictures-choose").set_input_files(photos)
    expect(page.get_by_role("list", name="Uploads")).to_be_visible()
    rows = [f"goods-{number},Goods {number},{number % 90 + 1}.00,Home & living\n" for number in range(3000)]
    run = helpers.start("".join(["key,title,price,category\n", *rows]).encode())
    plaza.webs[0].kill()
    page.wait_for_timeout(1500)  # long enough for the open requests to fail
    plaza.webs[0].start()
    plaza.await_ready(plaza.url)
    pictures = page.get_by_role("list", name="Pictures in order").locator("img")
    expect(pictures).to_have_count(4)
    expect(page.get_by_label("Title")).to_have_value("Sent through an outage")
    for _ in range(3000):
        if helpers.state(run).state is RunState.FINISHED:
            break
        page.wait_for_timeout(100)
    assert (helpers.state(run).state, helpers.state(run).created) == (RunState.FINISHED, 3000)
    page.reload()
    expect(pictures).to_have_count(4)
    expect(page.get_by_label("Title")).to_have_value("Sent through an outage")
