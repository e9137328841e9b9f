"""The IP of a client, which only our own proxies can set, and the network by which limits count it."""

from ipaddress import ip_address, ip_network

from starlette.types import Scope

from platform_app.infra.settings import settings

MAX_LENGTH = 64  # characters of an IP that cannot be parsed
_FORWARDED = b"x-forwarded-for"


def client_ip(scope: Scope) -> str:
    """The client's IP: our proxies append it to X-Forwarded-For, and PLAZA_TRUSTED_PROXY_HOPS counts from its end."""
    peer = scope["client"][0] if scope.get("client") else ""
    hops = settings().trusted_proxy_hops
    header = b",".join(value for name, value in scope["headers"] if name == _FORWARDED).decode("latin-1")
    forwarded = [part.strip() for part in header.split(",") if part.strip()]
    return str(forwarded[-hops] if 0 < hops <= len(forwarded) else peer)[:MAX_LENGTH]


def network_of(ip: str) -> str:
    """The network that shares a limit: an IPv4 address, or the /64 of IPv6 that one customer has."""
    try:
        parsed = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip[:MAX_LENGTH]
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
