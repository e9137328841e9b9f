"""Identifying a device by its browser, operating system and network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from platform_app.domain.shared.kinds import NotificationKind

NEW_DEVICE = NotificationKind("new_device", headline="New sign-in to your account", icon="shield-alert")

# Most user agents name several browsers; the first match here is the real one.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_OPERATING_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_PREFIX_LENGTHS = {4: 24, 6: 48}  # prefix bits that stay the same for a household or an office


def device_name(user_agent: str) -> str:
    """A readable name such as "Firefox on Linux", without versions, so that an update keeps the name."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _OPERATING_SYSTEMS if sign in user_agent), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "An unknown browser"


def network(ip: str) -> str:
    """The network of an IP address; `ip` itself if it cannot be parsed."""
    parsed = _parse_ip(ip)
    return str(ip_network((parsed, _PREFIX_LENGTHS[parsed.version]), strict=False)) if parsed else ip


def printable_ip(ip: str) -> str:
    """The IP address in its standard form; empty if it cannot be parsed, since a client may have forged it."""
    return str(_parse_ip(ip) or "")


def _parse_ip(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
