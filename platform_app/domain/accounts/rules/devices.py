"""What a browser that signs in is known by: its make, its system, and the network it comes from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Most say that they are several browsers; the first of these is the one they are.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_OPERATING_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_PREFIX_LENGTHS = {4: 24, 6: 48}  # bits of an address that a household or an office keeps


def device_name(user_agent: str) -> str:
    """A browser as people know it, as far as it says; an update does not make it another one."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _OPERATING_SYSTEMS if sign in user_agent), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "An unknown browser"


def network(ip: str) -> str:
    """The network of an address; the address itself where it is none."""
    parsed = _parse_ip(ip)
    return str(ip_network((parsed, _PREFIX_LENGTHS[parsed.version]), strict=False)) if parsed else ip


def printable_ip(ip: str) -> str:
    """An address as it may stand in a letter; nothing of what is none, for somebody may have made it up."""
    return str(_parse_ip(ip) or "")


def _parse_ip(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
