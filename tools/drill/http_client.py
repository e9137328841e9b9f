"""HTTP clients at the edge: each request uses a new connection, and every response is recorded."""

import asyncio
import itertools
import ssl
import time
from collections.abc import Mapping

import httpx

from tools.bench.ws_load import SOURCE_IPS
from tools.drill.timeline import Timeline
from tools.drill.write_log import Outcome

TIMEOUT_SECONDS = 60.0
RETRY_SECONDS = 0.5
MAX_IN_FLIGHT = 400  # requests in flight; further ones are not sent, but counted


class HttpClient:
    """The edge, for HTTP clients."""

    def __init__(self, url: str, context: ssl.SSLContext, timeline: Timeline) -> None:
        """Create a client without connections."""
        self.url, self.timeline = url, timeline
        self._context = context
        self._clients = [self._client(source) for source in SOURCE_IPS]
        self._client_cycle = itertools.cycle(self._clients)
        self._in_flight = 0

    async def request(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        cookie: str = "",
        json: object = None,
        client: httpx.AsyncClient | None = None,
    ) -> httpx.Response | None:
        """The response, or None if there was none; a server error is recorded as a failure."""
        started, headers = time.perf_counter(), {"Connection": "close", **({"Cookie": cookie} if cookie else {})}
        self._in_flight += 1
        try:
            session = client or next(self._client_cycle)
            body: Mapping[str, object] = {} if json is None else {"json": json}
            answer = await session.request(method, self.url + path, headers=headers, **body)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            self.timeline.record(kind, started, type(error).__name__)
            return None
        finally:
            self._in_flight -= 1
        failed = str(answer.status_code) if answer.status_code >= 500 or answer.status_code == 429 else ""
        self.timeline.record(kind, started, failed)
        return answer

    async def request_until_success(self, kind: str, method: str, path: str, *, cookie: str) -> httpx.Response:
        """Repeat a request until its response is a success; return it."""
        while True:
            answer = await self.request(kind, method, path, cookie=cookie)
            if answer is not None and answer.is_success:
                return answer
            await asyncio.sleep(RETRY_SECONDS)

    def has_capacity(self) -> bool:
        """Whether another request may be sent; counts those that may not."""
        if self._in_flight < MAX_IN_FLIGHT:
            return True
        self.timeline.skipped += 1
        return False

    def new_client(self, number: int) -> httpx.AsyncClient:
        """A client with its own IP and cookies."""
        return self._client(f"127.{1 + number // 62500 % 200}.{number // 250 % 250}.{1 + number % 250}")

    async def close(self) -> None:
        """Close all clients."""
        await asyncio.gather(*(client.aclose() for client in self._clients))

    def _client(self, source: str) -> httpx.AsyncClient:
        # A reload can close a kept connection just as it is used; browsers retry such requests by themselves.
        limits = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=self._context, local_address=source, limits=limits)
        return httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)


def outcome_of(answer: httpx.Response | None) -> Outcome:
    """The outcome of a write, from its response."""
    if answer is None or answer.status_code >= 500:
        return Outcome.UNKNOWN
    return Outcome.ACKNOWLEDGED if answer.status_code < 400 else Outcome.REFUSED


def status_text(answer: httpx.Response | None) -> str:
    """The response's status as text."""
    return str(answer.status_code) if answer is not None else "no answer"
