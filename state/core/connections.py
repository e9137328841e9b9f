"""A limit on the open sockets of one network, also of those that never send anything."""

from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_app.infra import metrics
from platform_app.infra.client_ip import client_ip, network_of

TRY_AGAIN_LATER = 1013  # the close code
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


def limited(app: ASGIApp, *, per_network: int) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The app of websockets with at most `per_network` of them open from one network; others are refused.

    So is any other request: Engine.IO opens a session for one that only claims to be a websocket, and then fails.
    """
    open_sockets: Counter[str] = Counter()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            refusal = PlainTextResponse("This address is for websockets only.", status_code=426, headers=UPGRADE)
            await refusal(scope, receive, send)
            return
        network = network_of(client_ip(scope))
        if open_sockets[network] >= per_network:
            metrics.SOCKETS_REFUSED.inc()
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            return
        open_sockets[network] += 1
        try:
            await app(scope, receive, send)
        finally:
            open_sockets[network] -= 1
            if not open_sockets[network]:
                del open_sockets[network]

    return serve
