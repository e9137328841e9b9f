"""What the account pages show, as ready text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_timedelta

from platform_app.domain.accounts.rules import devices, places
from platform_app.domain.accounts.schemas import Address, Profile, SessionInfo


@dataclass(frozen=True)
class ProfileView:
    """The account's own data."""

    name: str = ""
    email: str = ""
    since: str = ""
    has_totp: bool = False
    codes: str = ""


@dataclass(frozen=True)
class SessionView:
    """A browser that is signed in; `href` ends it."""

    href: str
    device: str
    where: str
    seen: str
    is_this: bool


@dataclass(frozen=True)
class AddressView:
    """An address, as its lines and as its fields."""

    id: str
    lines: list[str]
    is_default: bool
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CountryView:
    """A country to choose."""

    code: str
    name: str


def profile(found: Profile) -> ProfileView:
    """The account's own data."""
    since = format_date(found.created_at, format="long", locale="en")
    left = found.codes_left
    codes = f"{left} recovery {'code is' if left == 1 else 'codes are'} left" if found.has_totp else ""
    return ProfileView(name=found.name, email=found.email, since=since, has_totp=found.has_totp, codes=codes)


def sessions(found: Sequence[SessionInfo], *, now: datetime) -> list[SessionView]:
    """Where the account is signed in, this browser first."""
    return [
        SessionView(
            href=f"/api/v1/account/sessions/{each.id}",
            device=devices.label(each.user_agent),
            where=each.address,
            seen=ago(each.seen_at, now=now),
            is_this=each.is_current,
        )
        for each in sorted(found, key=lambda each: not each.is_current)
    ]


def addresses(found: Sequence[Address]) -> list[AddressView]:
    """The address book."""
    return [
        AddressView(
            id=str(each.id),
            lines=[line for line in _lines(each) if line],
            is_default=each.is_default,
            fields={name: str(getattr(each, name) or "") for name in _FIELDS},
        )
        for each in found
    ]


def ago(at: datetime, *, now: datetime) -> str:
    """How long ago; sessions are noted by the hour."""
    if now - at < timedelta(hours=1):
        return "Active in the last hour"
    return "Active " + format_timedelta(at - now, add_direction=True, locale="en", threshold=1)


def countries() -> list[CountryView]:
    """Every country by its English name."""
    names = Locale("en").territories
    return sorted((CountryView(code, names.get(code, code)) for code in places.COUNTRIES), key=lambda each: each.name)


_FIELDS = ("name", "line1", "line2", "city", "region", "postcode", "country", "phone")


def _lines(each: Address) -> tuple[str, ...]:
    place = " ".join(part for part in (each.city, each.region, each.postcode) if part)
    country = Locale("en").territories.get(each.country, each.country)
    return (each.name, each.line1, each.line2 or "", place, country, each.phone or "")
