"""Which IP addresses are public: all but those of the special-purpose registries of IANA.

The table is our own, because `is_global` differs between versions of Python and misses some ranges.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# https://www.iana.org/assignments/iana-ipv4-special-registry: also the entries that are globally reachable, since no
# website is there.
_SPECIAL_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers; Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's services on each host; in no registry
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry: the entries below 2000::/3.
_UNICAST = IPv6Network("2000::/3")  # all globally routed addresses
_SPECIAL_IPV6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, AMT, AS112, ORCHID, drones
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which leads to any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # the IPv4 address decides: IPv6-only networks reach all others through it
_ISATAP = 0x5EFE  # the upper half of an interface identifier, without its bit for uniqueness; an IPv4 address follows
_UNIQUE_BIT = 0x0200_0000


def is_public(ip: str) -> bool:
    """Whether this is a public unicast address; an IPv4 address embedded in an IPv6 one decides."""
    parsed = ip_address(ip.partition("%")[0])
    embedded = _embedded_ipv4(parsed) if isinstance(parsed, IPv6Address) else parsed
    if embedded is not None:
        return not any(embedded in network for network in _SPECIAL_IPV4)
    assert isinstance(parsed, IPv6Address)
    is_special = any(parsed in network for network in _SPECIAL_IPV6)
    return parsed in _UNICAST and not is_special and not _is_isatap(parsed)


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else ip.ipv4_mapped


def _is_isatap(ip: IPv6Address) -> bool:
    return (int(ip) >> 32) & 0xFFFF_FFFF & ~_UNIQUE_BIT == _ISATAP
