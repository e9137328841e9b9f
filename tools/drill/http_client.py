"""Programs that ask over HTTP, through the edge: each request on a connection of its own, and every answer noted."""

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
MAX_IN_FLIGHT = 400  # requests under way; what comes on top of them is not sent, and counted


class HttpClient:
    """The edge, as programs see it."""

    def __init__(self, url: str, context: ssl.SSLContext, timeline: Timeline) -> None:
        """Nothing is asked yet."""
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
        """The answer, or None when there was none; one of the server's own failure is noted as such."""
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
        """The answer once it is a good one, however often that takes asking."""
        while True:
            answer = await self.request(kind, method, path, cookie=cookie)
            if answer is not None and answer.is_success:
                return answer
            await asyncio.sleep(RETRY_SECONDS)

    def has_capacity(self) -> bool:
        """Whether one more may be under way; counts what has to be left out."""
        if self._in_flight < MAX_IN_FLIGHT:
            return True
        self.timeline.skipped += 1
        return False

    def new_client(self, number: int) -> httpx.AsyncClient:
        """Somebody at an address of their own, with a memory for cookies."""
        return self._client(f"127.{1 + number // 62500 % 200}.{number // 250 % 250}.{1 + number % 250}")

    async def close(self) -> None:
        """Let go of everything."""
        await asyncio.gather(*(client.aclose() for client in self._clients))

    def _client(self, source: str) -> httpx.AsyncClient:
        # A connection that is kept may be closed by a reload just as it is asked, which a browser does again by itself.
        limits = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=self._context, local_address=source, limits=limits)
        return httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)


def outcome_of(answer: httpx.Response | None) -> Outcome:
    """What an answer says of a write."""
    if answer is None or answer.status_code >= 500:
        return Outcome.UNKNOWN
    return Outcome.ACKNOWLEDGED if answer.status_code < 400 else Outcome.REFUSED


def status_text(answer: httpx.Response | None) -> str:
    """The same for people to read."""
    return str(answer.status_code) if answer is not None else "no answer"
