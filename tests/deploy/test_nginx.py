"""The edge in front of real tiers: routing, caching, limits, headers, and reloads."""

import asyncio
import gzip
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import httpx2
import psutil
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import serve

from platform_app.rest.routers import group_paths
from platform_app.stack import nginx, processes
from platform_app.stack.errors import StackError
from platform_app.stack.nginx import Limits, Upstream
from tests.deploy.conftest import (
    CLOSED_ADDRESS,
    EDGE_KEY_HEADERS,
    edge_config,
    picture_urls,
    release,
    run_nginx,
    wait_until,
)
from tests.e2e.conftest import Tier, await_ready
from tools.bench import socket_client

CACHED = {"HIT", "STALE", "UPDATING"}  # pages are fresh for two seconds only
LISTING = "/shops/clay-and-co/ocean-linen-shirt"
INSECURE_SSL = ssl.create_default_context()
INSECURE_SSL.check_hostname, INSECURE_SSL.verify_mode = False, ssl.CERT_NONE


def access_log_lines(market: SimpleNamespace) -> list[dict[str, object]]:
    return [json.loads(line) for line in (market.folder / "access.log").read_text().splitlines()]


def socket_statuses(market: SimpleNamespace) -> set[object]:
    return {line["http.response.status_code"] for line in access_log_lines(market) if line["url.path"] == "/_event/"}


def app_log(market: SimpleNamespace, tier: str) -> str:
    return str(market.tiers[tier].log.read_text())


def test_the_edge_speaks_http_2_and_redirects_pages_from_plain_http_to_tls(market: SimpleNamespace) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", market.ports["edge"])) as raw, context.wrap_socket(raw) as secure:
        assert (secure.selected_alpn_protocol(), secure.version()) == ("h2", "TLSv1.3")
    plain = httpx2.get(f"http://127.0.0.1:{market.ports['plain']}/search?q=mug", timeout=20)
    assert (plain.status_code, plain.headers["location"]) == (308, "https://127.0.0.1/search?q=mug")
    for path in ("/api/v1/account", "/auth/sign-in", "/media/uploads", "/_event/"):
        program = httpx2.post(f"http://127.0.0.1:{market.ports['plain']}{path}", timeout=20)
        assert (program.status_code, program.headers.get("location")) == (403, None), path


def test_a_cached_page_answers_many_requests_without_the_app(market: SimpleNamespace, visitor: httpx2.Client) -> None:
    url = f"/c/tops?of={uuid4()}"
    answers = [visitor.get(url) for _ in range(5)]
    first, *others = (answer.headers["x-cache"] for answer in answers)
    assert first == "MISS"
    assert CACHED.issuperset(others)
    assert len({answer.text for answer in answers}) == 1
    assert len({answer.headers["x-request-id"] for answer in answers}) == 5


def test_a_stale_page_is_served_while_it_is_refreshed(market: SimpleNamespace, visitor: httpx2.Client) -> None:
    url = f"/c/tops?of={uuid4()}"
    visitor.get(url)
    wait_until(lambda: visitor.get(url).headers["x-cache"] == "STALE")
    wait_until(lambda: visitor.get(url).headers["x-cache"] == "HIT")


def test_a_request_with_the_edge_key_refreshes_the_cached_page(market: SimpleNamespace, visitor: httpx2.Client) -> None:
    url = f"/c/tops?of={uuid4()}"
    visitor.get(url)
    purge = {"X-Plaza-Purge": "1"}
    assert visitor.get(url, headers=purge).headers["x-cache"] in CACHED
    assert visitor.get(url, headers={**purge, "X-Plaza-Edge-Key": "a-guess"}).headers["x-cache"] in CACHED
    assert visitor.get(url, headers={**purge, **EDGE_KEY_HEADERS}).headers["x-cache"] == "BYPASS"
    assert visitor.get(url).headers["x-cache"] in CACHED


def test_one_cached_page_serves_gzip_and_plain_and_answers_etags(visitor: httpx2.Client) -> None:
    url = f"{LISTING}?of={uuid4()}"
    with visitor.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as packed:
        page = gzip.decompress(b"".join(packed.iter_raw()))
    plain = visitor.get(url, headers={"Accept-Encoding": "identity"})
    assert (plain.content, "content-encoding" in plain.headers) == (page, False)
    assert plain.headers["x-cache"] in CACHED
    again = visitor.get(url, headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_personal_pages_are_not_cached(visitor: httpx2.Client) -> None:
    assert [visitor.get("/account").headers["x-cache"] for _ in range(2)] == ["MISS"] * 2
    assert "x-cache" not in visitor.get("/api/v1/account").headers


def test_build_files_are_compressed_and_immutable(visitor: httpx2.Client, market: SimpleNamespace) -> None:
    # The largest, since the build does not compress files of a few hundred bytes.
    script = max(market.edge.files.glob("assets/*.js"), key=lambda file: file.stat().st_size).name
    for encoding in ("gzip", "br"):
        answer = visitor.get(f"/assets/{script}", headers={"Accept-Encoding": encoding})
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == encoding
        assert "javascript" in answer.headers["content-type"]
    assert visitor.get("/assets/of-no-build-AAAAAAAA.js").status_code == 404
    font = next(market.edge.files.glob("fonts/*.woff2")).name
    assert visitor.get(f"/fonts/{font}").headers["content-type"] == "font/woff2"


def test_pictures_are_cached_at_the_edge(visitor: httpx2.Client) -> None:
    picture = picture_urls(visitor.get(LISTING).text)[0]
    visitor.get(picture)
    again = visitor.get(picture)
    assert (again.headers["x-cache"], again.headers["content-type"]) == ("HIT", "image/webp")


@pytest.mark.parametrize("path", ["/", LISTING, "/nowhere", "/api/v1/listings", "/api/docs", "/account", "/auth/x"])
def test_every_response_has_each_security_header_once(visitor: httpx2.Client, path: str) -> None:
    headers = visitor.get(path).headers
    for name, value in {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "cross-origin-opener-policy": "same-origin",
    }.items():
        assert headers.get_list(name) == [value]
    assert len(headers.get_list("x-request-id")) == 1
    assert len(headers.get_list("content-security-policy")) == 1
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers or headers["server"] == "nginx"


def test_the_edge_overrides_forwarded_ips_and_request_ids(visitor: httpx2.Client, market: SimpleNamespace) -> None:
    made_up = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "chosen-by-a-visitor"}
    request_id = visitor.get("/api/v1/listings", headers=made_up).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    wait_until(
        lambda: request_id in {line["http.request.id"] for line in access_log_lines(market)}
    )  # nginx logs a request after it has sent the response
    line = next(line for line in access_log_lines(market) if line["http.request.id"] == request_id)
    assert (line["client.ip"], line["url.path"]) == ("127.0.0.1", "/api/v1/listings")


def test_the_request_id_is_logged_and_an_idle_colour_is_reachable_with_the_key(
    visitor: httpx2.Client, market: SimpleNamespace
) -> None:
    answer = visitor.get("/healthz/ready", headers={**EDGE_KEY_HEADERS, "X-Plaza-Colour": "green"})
    assert answer.status_code == 503
    wait_until(lambda: answer.headers["x-request-id"] in app_log(market, "lost"))
    assert visitor.get("/healthz/ready", headers={"X-Plaza-Colour": "green"}).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/ping", "/_health", "/_upload"])
def test_internal_paths_are_hidden_from_visitors(visitor: httpx2.Client, path: str) -> None:
    assert (visitor.get(path).status_code, visitor.get("/edge/live").text) == (404, "alive\n")


def test_a_socket_opens_and_its_token_is_in_no_log(market: SimpleNamespace) -> None:
    tab = str(uuid4())
    with socket_client.open_socket(market.url, tab, ssl=INSECURE_SSL) as socket_of_tab:
        socket_of_tab.hydrate(LISTING)
        socket_of_tab.await_text('"title":"Oceanlinenshirt"')
    green = {**EDGE_KEY_HEADERS, "X-Plaza-Colour": "green"}  # where no web tier listens
    url = f"{market.url.replace('https', 'wss')}/_event/?token={tab}&EIO=4&transport=websocket"
    with (
        pytest.raises(WebSocketException),
        connect(url, ssl=INSECURE_SSL, additional_headers=green, open_timeout=60),
    ):
        pass
    wait_until(lambda: socket_statuses(market) >= {101, 502})
    written = "".join(path.read_text() for path in (*market.folder.glob("*.log"), market.edge.run / "nginx.out"))
    assert tab not in written


def test_a_socket_from_another_origin_is_refused(market: SimpleNamespace) -> None:
    url = f"{market.url.replace('https', 'wss')}/_event/?token={uuid4()}&EIO=4&transport=websocket"
    with (
        pytest.raises(WebSocketException, match="403"),
        connect(url, ssl=INSECURE_SSL, origin="https://evil.example", open_timeout=60),
    ):
        pass


def test_one_ip_is_rate_limited_and_others_are_served(market: SimpleNamespace, tmp_path: Path) -> None:
    port = processes.free_port()
    edge = edge_config(
        tmp_path, {"blue": release(market.ports["web"], market.ports["api"])}, listen=f"127.0.0.1:{port}"
    )
    limits = Limits(requests_per_second=1, requests_burst=3, auth_per_minute=1, auth_burst=1)
    url = f"http://127.0.0.1:{port}"
    tmp_path.chmod(0o755)
    with run_nginx(replace(edge, limits=limits)), httpx2.Client(base_url=url, timeout=20) as client:
        assert [client.post("/auth/sign-in", json={}).status_code for _ in range(3)] == [401, 401, 429]
        statuses = [client.get("/edge/live").status_code for _ in range(6)]
        assert (statuses[0], statuses[-1]) == (200, 200)  # which has no limit
        assert 429 in [client.get("/api/v1/categories").status_code for _ in range(50)]


def test_one_ip_may_open_a_limited_number_of_sockets(market: SimpleNamespace, tmp_path: Path) -> None:
    port = processes.free_port()
    edge = edge_config(
        tmp_path, {"blue": release(market.ports["web"], market.ports["api"])}, listen=f"127.0.0.1:{port}"
    )
    tmp_path.chmod(0o755)
    with (
        run_nginx(replace(edge, limits=Limits(sockets=1))),
        socket_client.open_socket(f"http://127.0.0.1:{port}", str(uuid4())),
        pytest.raises(WebSocketException, match="429"),
        socket_client.open_socket(f"http://127.0.0.1:{port}", str(uuid4())),
    ):
        pass


def test_browsers_reconnect_together_after_all_web_processes_were_down(tmp_path: Path) -> None:
    port, closed, *reopened = (processes.free_port() for _ in range(4))
    web = [f"127.0.0.1:{each}" for each in (closed, *reopened)]
    edge = edge_config(tmp_path, {"blue": replace(release(closed, closed), web=web)}, listen=f"127.0.0.1:{port}")
    tmp_path.chmod(0o755)

    def try_connect() -> ClientConnection | None:
        try:
            return connect(f"ws://127.0.0.1:{port}/_event/?EIO=4&transport=websocket", open_timeout=60)
        except WebSocketException:
            return None

    is_over = threading.Event()
    with ExitStack() as cleanup, run_nginx(edge):
        assert [try_connect() for _ in range(4)] == [None] * 4
        for each in reopened:
            server = cleanup.enter_context(serve(lambda _: is_over.wait(60), "127.0.0.1", each))
            threading.Thread(target=server.serve_forever, daemon=True).start()
        wait_until(lambda: bool(cleanup.enter_context(line) if (line := try_connect()) else None))
        for _ in range(5):
            line = try_connect()
            assert line
            cleanup.enter_context(line)
        is_over.set()


def test_a_deployed_api_group_gets_its_own_paths_only(market: SimpleNamespace, tmp_path: Path) -> None:
    port, own_port = processes.free_port(), processes.free_port()
    own_tier = Tier(
        "platform_app",
        "api",
        "--services",
        "catalog,media",
        "--port",
        str(own_port),
        log=tmp_path / "api.log",
        url=market.url,
    )
    services = [
        Upstream("api", servers=[f"127.0.0.1:{market.ports['api']}"]),
        Upstream("search", servers=[CLOSED_ADDRESS], paths=group_paths()["search"]),
        Upstream(
            "catalog", servers=[f"127.0.0.1:{own_port}"], paths=(*group_paths()["catalog"], *group_paths()["media"])
        ),
    ]
    blue = replace(release(market.ports["web"], market.ports["api"]), services=services)
    tmp_path.chmod(0o755)
    try:
        await_ready(f"http://127.0.0.1:{own_port}")
        with (
            run_nginx(edge_config(tmp_path, {"blue": blue}, listen=f"127.0.0.1:{port}")),
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as edge,
        ):
            assert edge.get("/api/v1/search/suggestions?q=mu").status_code == 502
            assert edge.get("/api/v1/categories").status_code == 200
            picture = picture_urls(edge.get(LISTING).text)[0]
            assert [edge.get(picture).headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]
        with httpx2.Client(base_url=f"http://127.0.0.1:{own_port}", timeout=20) as direct:
            answers = {
                path: direct.get(path).status_code for path in ("/", "/api/v1/categories", picture, "/api/v1/account")
            }
        assert answers == {"/": 404, "/api/v1/categories": 200, picture: 200, "/api/v1/account": 404}
    finally:
        own_tier.process.terminate()
        own_tier.process.wait(60)
    upstreams = [str(line["upstream"]) for line in map(json.loads, (tmp_path / "access.log").read_text().splitlines())]
    assert upstreams.count(f"127.0.0.1:{own_port}") == 2


def test_a_switch_loses_no_response_and_keeps_open_sockets_for_a_while(
    market: SimpleNamespace, visitor: httpx2.Client
) -> None:
    run = market.edge.run
    with socket_client.open_socket(market.url, str(uuid4()), ssl=INSECURE_SSL) as tab:
        tab.hydrate("/")
        reload(market, "green")
        wait_until(lambda: visitor.get("/healthz/ready").status_code == 503)
        tab.hydrate(LISTING)
        tab.await_text('"title":"Oceanlinenshirt"')  # still from blue, which drains
        assert nginx.active_colour(run) == "green"
        reload(market, "blue", wait_for_workers=True)
        assert visitor.get("/healthz/ready").status_code == 200
        assert tab.is_closed()  # the drain has ended


def test_no_request_fails_during_switches(market: SimpleNamespace) -> None:
    edge = replace(market.edge, releases={"blue": market.edge.releases["blue"], "green": market.edge.releases["blue"]})
    nginx.write(edge, colour="blue", key=EDGE_KEY_HEADERS["X-Plaza-Edge-Key"])
    reload(market, "blue", wait_for_workers=True)

    async def visit() -> set[int]:
        once = {"Connection": "close"}
        async with httpx2.AsyncClient(base_url=market.url, verify=False, timeout=20, headers=once) as client:
            statuses = set()
            for index in range(60):
                if index % 15 == 5:
                    reload(market, "green" if index % 30 == 5 else "blue")
                statuses.add((await client.get(f"/search?q=mug&of={uuid4()}")).status_code)
            return statuses

    assert asyncio.run(visit()) == {200}
    nginx.write(market.edge, colour="blue", key=EDGE_KEY_HEADERS["X-Plaza-Edge-Key"])
    reload(market, "blue", wait_for_workers=True)


def test_cached_pages_survive_an_outage_and_others_get_a_calm_503(
    market: SimpleNamespace, visitor: httpx2.Client
) -> None:
    cached_url = f"/search?q=mug&of={uuid4()}"
    first = visitor.get(cached_url)
    assert (first.status_code, first.headers["x-cache"]) == (200, "MISS")
    page = first.text
    api = market.tiers["api"]
    api.kill()
    try:
        wait_until(lambda: visitor.get(cached_url).headers.get("x-cache") == "STALE")
        time.sleep(0.5)  # a refresh has failed meanwhile
        assert (visitor.get(cached_url).status_code, visitor.get(cached_url).text) == (200, page)
        unknown = visitor.get(f"/search?q=mug&of={uuid4()}")
        assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "5")
        assert "Nothing is lost" in unknown.text
    finally:
        api.start()
        wait_until(lambda: visitor.get("/healthz/ready").status_code == 200)


@pytest.mark.parametrize("names", [("_",), ("plaza.example", "www.plaza.example")])
@pytest.mark.parametrize("brotli", [False, True])
def test_nginx_accepts_every_rendered_configuration(
    market: SimpleNamespace, tmp_path: Path, names: tuple[str, ...], brotli: bool
) -> None:
    edge = replace(
        market.edge, run=tmp_path, names=names, brotli=nginx.brotli_module() if brotli else "", proxies=["10.0.0.0/8"]
    )
    nginx.write(edge, colour="green")
    checked = subprocess.run(nginx.command(edge, "-t"), capture_output=True, text=True, check=False)
    assert (checked.returncode, "warn" in checked.stderr) == (0, False), checked.stderr


def test_an_invalid_configuration_is_refused(market: SimpleNamespace, tmp_path: Path) -> None:
    for wrong in ("short", "a key with spaces in it is none", 'x"; } evil { "aaaaaaaaaaaaaaaa'):
        with pytest.raises(StackError):
            nginx.key_file_text(wrong)
    with pytest.raises(StackError):
        nginx.activate(tmp_path, "blue; }")
    with pytest.raises(StackError, match="serve the pages"):
        nginx.render(replace(market.edge, pages="none"))
    with pytest.raises(StackError):
        nginx.active_colour(tmp_path)


def reload(market: SimpleNamespace, to: str, *, wait_for_workers: bool = False) -> None:
    """Activate a colour, as a deployment does; `wait_for_workers` waits until nginx's old workers have ended."""
    before = worker_pids(market)
    nginx.activate(market.edge.run, to)
    checked = subprocess.run(nginx.command(market.edge, "-s", "reload"), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    if wait_for_workers:
        wait_until(lambda: not before & worker_pids(market) and is_steady(market))


def is_steady(market: SimpleNamespace) -> bool:
    """Whether no earlier reload is still in progress."""
    now = worker_pids(market)
    time.sleep(0.4)
    return now == worker_pids(market)


def worker_pids(market: SimpleNamespace) -> set[int]:
    master = psutil.Process(int((market.edge.run / "nginx.pid").read_text()))
    return {child.pid for child in master.children()}
