"""Fetching what strangers name: public addresses only, checked at the moment of connecting, bounded in size and time."""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from platform_app.infra.settings import settings

REDIRECTS = 4
TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
AGENT = b"Plaza/1.0 (pictures for imported listings)"


class FetchFailed(Exception):
    """The address gave nothing usable; `final` when trying again would not help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(message)


def get(url: str, *, max_bytes: int) -> bytes:
    """The body at a public http(s) address; FetchFailed says why there is none."""
    with httpcore.ConnectionPool(network_backend=_PublicOnly(), ssl_context=ssl.create_default_context()) as pool:
        for _ in range(REDIRECTS):
            answer = _once(pool, url, max_bytes=max_bytes)
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
    raise FetchFailed("redirects too often", final=True)


def _once(pool: httpcore.ConnectionPool, url: str, *, max_bytes: int) -> bytes | str:
    """The body, or the address of a redirect."""
    _require_plain(url)
    try:
        headers = [(b"Host", urlsplit(url).netloc.encode("idna")), (b"User-Agent", AGENT), (b"Accept", b"image/*")]
        with pool.stream("GET", url, headers=headers, extensions={"timeout": TIMEOUTS}) as response:
            if response.status in (301, 302, 303, 307, 308):
                return dict(response.headers).get(b"Location", dict(response.headers).get(b"location", b"")).decode()
            if response.status != 200:
                gone = response.status in (400, 401, 403, 404, 410, 451)
                raise FetchFailed(f"the server answered {response.status}", final=gone)
            return _bounded(response.iter_stream(), max_bytes)
    except (
        httpcore.ConnectError,
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        raise FetchFailed(f"cannot be reached: {error or type(error).__name__}") from error
    except (UnicodeError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed("not a usable address", final=True) from error


def _bounded(parts: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > max_bytes:
            raise FetchFailed(f"is larger than {max_bytes // 1024 // 1024} MB", final=True)
    return bytes(body)


def _require_plain(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchFailed("not a usable address", final=True) from None
    allowed = port in (None, 80, 443) or settings().fetch_private_addresses
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not allowed:
        raise FetchFailed("not a public web address", final=True)


class _PublicOnly(httpcore.SyncBackend):
    """Connects to the very address it has checked, so that a name cannot change its meaning in between."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection unless the name leads into a private network."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not settings().fetch_private_addresses and not all(ipaddress.ip_address(one).is_global for one in addresses):
            raise FetchFailed("leads to a private network", final=True)
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)
