"""How many sockets one network may have open, also when it never sends anything over them."""

import asyncio
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from state.core import connections


def scope(ip: str) -> Scope:
    return {"type": "websocket", "client": (ip, 1), "headers": []}


def test_a_network_has_so_many_sockets_and_gets_them_back() -> None:
    asyncio.run(open_too_many())


async def open_too_many() -> None:
    closing, opened, refused = asyncio.Event(), [], list[Message]()

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        opened.append(scope["client"][0])
        await closing.wait()

    async def send(message: Any) -> None:
        refused.append(message)

    serve = connections.limited(app, per_network=2)
    tasks = [asyncio.create_task(serve(scope(f"2001:db8::{n}"), None, send)) for n in range(1, 6)]  # type: ignore[arg-type]
    tasks.append(asyncio.create_task(serve(scope("2001:db8:0:1::1"), None, send)))  # type: ignore[arg-type]
    await asyncio.wait(tasks[2:5])
    assert opened == ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
    assert refused == [{"type": "websocket.close", "code": connections.TRY_AGAIN_LATER}] * 3
    closing.set()
    await asyncio.gather(*tasks)
    await serve(scope("2001:db8::9"), None, send)  # type: ignore[arg-type]
    assert opened[3:] == ["2001:db8::9"]


@pytest.mark.parametrize("headers", [{}, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}])
def test_a_request_that_is_no_websocket_never_reaches_the_app_of_websockets(headers: dict[str, str]) -> None:
    reached = list[Scope]()

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    browser = TestClient(connections.limited(app, per_network=2))
    answer = browser.get("/_event/?token=a&EIO=4&transport=websocket", headers=headers)
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert reached == []
