"""Texts of the account pages."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from babel.dates import format_date, format_timedelta

from platform_app.domain.accounts.rules import address_formats, devices
from platform_app.domain.accounts.rules.address_formats import AddressField
from platform_app.domain.accounts.rules.countries import COUNTRIES
from platform_app.domain.accounts.schemas import Address, Profile, SessionInfo
from platform_app.domain.shared.collation import collation_key


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
            lines=[*address_formats.lines(each.model_dump()), *([each.phone] if each.phone else [])],
            is_default=each.is_default,
            fields={name: str(getattr(each, name) or "") for name in _ADDRESS_FIELDS},
        )
        for each in found
    ]


def neutral_address_format() -> dict[str, object]:
    """The fields of a form before its country is chosen, in the form that REST gives those of a country."""
    names = {"city": "City", "region": "State or region", "postcode": "Postal code"}
    labels = address_formats.COMMON_LABELS | names
    fields = [
        asdict(
            AddressField(
                name,
                label,
                is_required=name in address_formats.ALWAYS_REQUIRED,
                max_length=address_formats.MAX_LENGTHS[name],
            )
        )
        for name, label in labels.items()
    ]
    return {"country": "", "fields": fields}


def last_active(at: datetime, *, now: datetime) -> str:
    """How long ago a session was used; use is recorded hourly."""
    if now - at < timedelta(hours=1):
        return "Active in the last hour"
    return "Active " + format_timedelta(at - now, add_direction=True, locale="en", threshold=1)


def countries() -> list[CountryView]:
    """Every country by its English name."""
    found = (CountryView(code, address_formats.country_name(code)) for code in COUNTRIES)
    return sorted(found, key=lambda each: collation_key(each.name))


_ADDRESS_FIELDS = (
    "name", "line1", "line2", "dependent_locality", "city", "region", "postcode", "country", "phone",
)  # fmt: skip
