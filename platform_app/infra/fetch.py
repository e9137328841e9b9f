"""Fetch untrusted URLs: only from public addresses, checked when connecting, bounded in size and time."""

import re
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import httpcore

from platform_app.infra.public_addresses import is_public
from platform_app.infra.settings import settings

MAX_REDIRECTS = 4
TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
TOTAL_TIMEOUT: float = 30  # seconds for a whole `get` with redirects; a wait in progress may exceed it
USER_AGENT = b"Plaza/1.0 (pictures for imported listings)"
SAFE_CHARACTERS = "!$&'()*+,/:;=?@[]|%"  # what browsers do not encode, and % for what is already encoded
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class FetchFailed(Exception):
    """The URL could not be fetched; if `final`, a retry will not help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(message)


def get(url: str, *, max_bytes: int) -> bytes:
    """The body at a public http(s) URL; FetchFailed."""
    backend = _PublicOnlyBackend(time.monotonic() + TOTAL_TIMEOUT)
    with httpcore.ConnectionPool(network_backend=backend, ssl_context=ssl.create_default_context()) as pool:
        for _ in range(MAX_REDIRECTS):
            result = _request(pool, _normalize_url(url), max_bytes=max_bytes)
            if isinstance(result, bytes):
                return result
            url = result
    raise FetchFailed("redirects too often", final=True)


def _request(pool: httpcore.ConnectionPool, url: str, *, max_bytes: int) -> bytes | str:
    """The body, or the URL of a redirect."""
    headers = [(b"Host", urlsplit(url).netloc.encode("ascii")), (b"User-Agent", USER_AGENT), (b"Accept", b"image/*")]
    try:
        with pool.stream("GET", _split_url(url), headers=headers, extensions={"timeout": TIMEOUTS}) as response:
            if response.status in (301, 302, 303, 307, 308):
                headers_by_name = {name.lower(): value for name, value in response.headers}
                return urljoin(url, headers_by_name.get(b"location", b"").decode())
            if response.status != 200:
                is_final = response.status in (400, 401, 403, 404, 410, 451)
                raise FetchFailed(f"the server answered {response.status}", final=is_final)
            return _read_bounded(response.iter_stream(), max_bytes)
    except (
        httpcore.ConnectError,
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        raise FetchFailed(f"cannot be reached: {error or type(error).__name__}") from error
    except (ValueError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed("is not a valid web address", final=True) from error


def _read_bounded(parts: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > max_bytes:
            raise FetchFailed(f"is larger than {max_bytes // 1024 // 1024} MB", final=True)
    return bytes(body)


def _normalize_url(url: str) -> str:
    """The URL in ASCII, as a browser would send it; existing percent-encoding stays."""
    try:
        parts = urlsplit(url)
        _require_public(parts)
        host = (parts.hostname or "").encode("idna").decode()
        netloc = (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")
        return urlunsplit((parts.scheme, netloc, _percent_encode(parts.path), _percent_encode(parts.query), ""))
    except ValueError:  # includes UnicodeError
        raise FetchFailed("is not a valid web address", final=True) from None


def _split_url(url: str) -> httpcore.URL:
    """The URL in parts, since httpcore drops what follows a semicolon in the path."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target)


def _percent_encode(part: str) -> str:
    return quote(STRAY_PERCENT.sub("%25", part), safe=SAFE_CHARACTERS)


def _require_public(parts: SplitResult) -> None:
    allowed = parts.port in (None, 80, 443) or settings().fetch_private_addresses
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not allowed:
        raise FetchFailed("is not a public web address", final=True)


class _PublicOnlyBackend(httpcore.SyncBackend):
    """Connects to the address that it has checked, so that DNS cannot change in between."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection; FetchFailed if the name resolves to a private address."""
        _check_deadline(self._deadline)
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in entries]
        if not settings().fetch_private_addresses and not all(is_public(ip) for ip in addresses):
            raise FetchFailed("leads to a private network", final=True)
        stream = super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection with a deadline, so that a slow server cannot keep it open."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; FetchFailed after the deadline."""
        _check_deadline(self._deadline)
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The connection with TLS and the same deadline."""
        _check_deadline(self._deadline)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Information about the underlying connection."""
        return self._stream.get_extra_info(info)


def _check_deadline(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise FetchFailed(f"took longer than {TOTAL_TIMEOUT} s")
