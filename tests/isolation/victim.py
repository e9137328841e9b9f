"""The victim of the isolation tests: a user with a shop, staff, drafts, invitations, an address book and sessions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text

from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.schemas import AddressInput, SignInResult
from platform_app.domain.accounts.service import addresses
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.activity import service as activity
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.catalog.rules import Status
from platform_app.domain.favourites.rules import PRICE_DROP
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.service import operator
from platform_app.domain.media import service as media
from platform_app.domain.notifications import queries as notification_queries
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.service import invitations
from platform_app.infra import db
from platform_app.infra.db import ReadSession, WriteSession
from tests.factories import make_listing, make_owner, make_shop, make_user
from tests.isolation import declarations

SHOP, OTHER_SHOP = "victims-shop", "others-shop"
DRAFT = "Unreleased secret teapot"
# Jobs, and what visitors record about themselves: anybody may add such rows, and none belongs to the victim.
IGNORED_TABLES = frozenset({"outbox", "sign_up", "search_miss", "alembic_version"})
# Columns that name what anybody may choose, such as a public shop: by them, a row is not the victim's.
PUBLIC_COLUMNS = declarations.declared("PUBLIC_COLUMNS")


@dataclass(frozen=True)
class Victim:
    """The victim's ids by parameter name, their secrets, and the users who attack."""

    ids: dict[str, str]
    secrets: tuple[str, ...]
    shop_id: str
    attackers: dict[str, UUID | None]  # attacker: their id


def create() -> Victim:
    """Create and commit the victim's data."""
    with db.writing() as session:
        shop, other = make_shop(session, slug=SHOP, name="Victims"), make_shop(session, slug=OTHER_SHOP, name="Others")
        vera = make_owner(session, shop=shop, email="vera@victim.example", name="Vera Victim")
        owner = make_owner(session, shop=other, email="olga@other.example", name="Olga Other")
        helper = _add_staff(session, by=vera, shop=SHOP, email="hugo@victim.example", name="Hugo Helper")
        sam = _add_staff(session, by=owner, shop=OTHER_SHOP, email="sam@other.example", name="Sam Staff")
        member = make_user(session, email="mallory@member.example", name="Mallory Member")
        draft = make_listing(session, shop=shop, indexed=False, key="teapot", title=DRAFT, status=Status.DRAFT)
        invitation = invitations.invite(
            session, user_id=vera.user.id, shop=SHOP, email="ivan@victim.example",
            permissions=(Permission.STOCK,), now=utc_now(),
        )  # fmt: skip
        address = addresses.add(session, user_id=vera.user.id, address=_ADDRESS, now=utc_now())
        upload = media.create_upload(
            session, shop_id=shop.id, user_id=vera.user.id, content_type="image/png", size=1000, now=utc_now()
        )
        run = operator.start(
            session, shop=shop, file_name="victims-secret-file.csv", file_key="imports/secret", asked_format=Format.AUTO,
            dry_run=False, mapping={}, now=utc_now(),
        )  # fmt: skip
        daily_counts = DailyCounts(shop_id=shop.id, listing_id=draft.id, day=utc_now().date(), views=7)
        activity.record(session, counts=[daily_counts])
        notifications.notify(session, user_id=vera.user.id, content=_NOTIFICATION, now=utc_now())
        notification = notification_queries.of_user(session, user_id=vera.user.id).items[0]
        session_id = str(session.execute(_SESSION, {"user": vera.user.id}).scalar_one())
        own_rows = _rows_of_nouns(session, user_id=vera.user.id, shop_id=shop.id)
    ids = {
        "shop": SHOP,
        "user_id": str(vera.user.id),
        "member_id": str(helper.user.id),
        "invitation_id": str(invitation.id),
        "address_id": str(address.id),
        "session_id": session_id,
        "listing_id": str(draft.id),
        "variant_id": str(draft.variants[0].id),
        "upload_id": str(upload.id),
        "run_id": str(run.id),
        "notification_id": str(notification.id),
        "email": vera.user.email,
        **own_rows,
    }
    secrets = {*ids.values(), "Vera Victim", "Hugo Helper", "hugo@victim.example", "ivan@victim.example", DRAFT}
    # The shop's slug, name and id are in its public profile.
    secrets |= {_ADDRESS.line1, "victims-secret-file.csv", _NOTIFICATION.text}
    tries = {"nobody": None, "another member": member.user.id, "another shop's staff": sam.user.id}
    return Victim(ids=ids, secrets=tuple(sorted(secrets - {SHOP})), shop_id=str(shop.id), attackers=tries)


def session_token(victim: Victim, attacker: str) -> str:
    """The token of a new session of the attacker; empty for a visitor."""
    user_id = victim.attackers[attacker]
    if user_id is None:
        return ""
    with db.writing() as session:
        user = lock_user(session, user_id=user_id)
        signed_in = accounts.create_session(session, user=user, now=utc_now(), user_agent="Firefox", ip="127.0.0.1")
        return signed_in.token


def fingerprint(victim: Victim) -> str:
    """Every row of any table that names the victim, their shop, their staff or whom they have invited."""
    needles = [victim.shop_id] + [each for each in victim.secrets if "-" in each or "@" in each]
    with db.reading() as session:
        rows = session.execute(
            text(f"SELECT line FROM ({_all_rows_query(session)}) AS every WHERE {_NAMED} ORDER BY 1"),
            {"named": needles},
        )
        return "\n".join(rows.scalars())


class ChangeDetector:
    """Detects changes of the rows that name the victim."""

    def __init__(self, victim: Victim) -> None:
        """Record the current rows."""
        self._victim = victim
        self._rows, self._position = fingerprint(victim), wal_position()

    def skip(self) -> None:
        """Ignore the writes of the test itself."""
        self._position = wal_position()

    def has_changed(self) -> bool:
        """Whether the rows have changed since the last call; costs one small query if nothing was written."""
        position = wal_position()
        if position == self._position:
            return False
        before, self._rows, self._position = self._rows, fingerprint(self._victim), position
        return self._rows != before


def wal_position() -> str:
    """The server's WAL position, which moves with every write."""
    with db.reading() as session:
        return str(session.execute(text("SELECT pg_current_wal_insert_lsn()")).scalar_one())


def leaked_secrets(victim: Victim, answer: str, *, sent: str = "") -> list[str]:
    """The victim's secrets in an answer that were not in the request."""
    return [each for each in victim.secrets if each in answer and each not in sent]


def value_for(victim: Victim, name: str, kind: object = str) -> Any:
    """The victim's id for a parameter of this name, or a value of its type."""
    if name in victim.ids:
        return victim.ids[name]
    if kind is int:
        return 1
    if kind is bool:
        return True
    if name.removesuffix("s") in victim.ids:
        return [victim.ids[name.removesuffix("s")]]
    return _SAMPLES.get(name, "victim")


def body_for(victim: Victim, model: type[BaseModel]) -> dict[str, Any]:
    """A body with as many of the victim's ids as possible; unknown fields get a plain word."""
    return {name: value_for(victim, name, field.annotation) for name, field in model.model_fields.items()}


_ADDRESS = AddressInput(name="Vera", line1="Hidden Lane 77", city="Nowhere", postcode="N1 1AA", country="GB")
_NOTIFICATION = NotificationContent(kind=PRICE_DROP, about="secret", text="Secret wish: $1.00", href="/favourites")
_NAMED = "EXISTS (SELECT FROM unnest(CAST(:named AS text[])) AS name WHERE strpos(line, name) > 0)"
_SESSION = text("SELECT id FROM user_session WHERE user_id = :user")
_SAMPLES: dict[str, object] = {
    "permissions": ["staff", "shop"],
    "role": "owner",
    "stays_as": "owner",
    "kind": "reset",
    "until": "2027-01-31",
    "country": "GB",
    "currency": "GBP",
    "language": "english",
    "password": "not-the-right-one-at-all",
    "current": "not-the-right-one-at-all",
    "is_default": True,
    "slug": SHOP,
    "format": "auto",
    "columns": {"Product Name": "title"},
    "content": {"title": "Taken over"},
    "status": "published",
    "action": "archive",
    "percent": "5",
    "quantity": 1,
    "position": 0,
}


def _add_staff(session: WriteSession, *, by: SignInResult, shop: str, email: str, name: str) -> SignInResult:
    member = make_user(session, email=email, name=name)
    invitation = invitations.invite(
        session, user_id=by.user.id, shop=shop, email=email, permissions=tuple(Permission), now=utc_now()
    )
    invitations.accept(session, user_id=member.user.id, invitation_id=invitation.id, now=utc_now())
    return member


def _rows_of_nouns(session: WriteSession, *, user_id: UUID, shop_id: UUID) -> dict[str, str]:
    """The rows that nouns add for the victim: the value of each parameter that names one."""
    makers = [module.add_victim_rows for module in declarations.modules() if hasattr(module, "add_victim_rows")]
    return {name: value for add in makers for name, value in add(session, user_id=user_id, shop_id=shop_id).items()}


def _all_rows_query(session: ReadSession) -> str:
    """A query for all rows of all tables, each as text."""
    found = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).scalars()
    tables = [name for name in found if name not in IGNORED_TABLES]
    return " UNION ALL ".join(f"SELECT '{name}: ' || {_row_text(name)} AS line FROM \"{name}\" t" for name in tables)


def _row_text(table: str) -> str:
    column = next((each.partition(".")[2] for each in PUBLIC_COLUMNS if each.startswith(f"{table}.")), "")
    return f"(to_jsonb(t) - '{column}')::text" if column else "t::text"
