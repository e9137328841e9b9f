"""Texts of the account pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_timedelta

from platform_app.domain.accounts.rules import devices, postal
from platform_app.domain.accounts.schemas import Address, Profile, SessionInfo
from platform_app.presenters.shared import collation_key


@dataclass(frozen=True)
class ProfileView:
    """The account's own data."""

    name: str = ""
    email: str = ""
    member_since: str = ""
    has_totp: bool = False
    recovery_codes: str = ""


@dataclass(frozen=True)
class SessionView:
    """A signed-in browser; `href` is the URL that ends its session."""

    href: str
    device: str
    ip: str
    last_seen: str
    is_current: bool


@dataclass(frozen=True)
class PostalAddressView:
    """An address as lines and as form fields."""

    id: str
    lines: list[str]
    is_default: bool
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CountryView:
    """A country in a list of choices."""

    code: str
    name: str


def profile(found: Profile) -> ProfileView:
    """The account's own data."""
    member_since = format_date(found.created_at, format="long", locale="en")
    remaining = found.codes_left
    recovery_codes = (
        f"{remaining} recovery {'code is' if remaining == 1 else 'codes are'} left" if found.has_totp else ""
    )
    return ProfileView(
        name=found.name,
        email=found.email,
        member_since=member_since,
        has_totp=found.has_totp,
        recovery_codes=recovery_codes,
    )


def sessions(found: Sequence[SessionInfo], *, now: datetime) -> list[SessionView]:
    """The account's sessions, this browser first."""
    return [
        SessionView(
            href=f"/api/v1/account/sessions/{each.id}",
            device=devices.device_name(each.user_agent),
            ip=each.address,
            last_seen=last_active(each.seen_at, now=now),
            is_current=each.is_current,
        )
        for each in sorted(found, key=lambda each: not each.is_current)
    ]


def postal_addresses(found: Sequence[Address]) -> list[PostalAddressView]:
    """The address book."""
    return [
        PostalAddressView(
            id=str(each.id),
            lines=[line for line in _address_lines(each) if line],
            is_default=each.is_default,
            fields={name: str(getattr(each, name) or "") for name in _ADDRESS_FIELDS},
        )
        for each in found
    ]


def last_active(at: datetime, *, now: datetime) -> str:
    """How long ago a session was used; use is recorded hourly."""
    if now - at < timedelta(hours=1):
        return "Active in the last hour"
    return "Active " + format_timedelta(at - now, add_direction=True, locale="en", threshold=1)


def countries() -> list[CountryView]:
    """Every country by its English name."""
    names = Locale("en").territories
    found = (CountryView(code, names.get(code, code)) for code in postal.COUNTRIES)
    return sorted(found, key=lambda each: collation_key(each.name))


_ADDRESS_FIELDS = ("name", "line1", "line2", "city", "region", "postcode", "country", "phone")


def _address_lines(address: Address) -> tuple[str, ...]:
    locality = " ".join(line for line in (address.city, address.region, address.postcode) if line)
    country = Locale("en").territories.get(address.country, address.country)
    return (address.name, address.line1, address.line2 or "", locality, country, address.phone or "")
