"""Who is acting. Taken from the session whose cookie opened the socket, never from what an event says."""

from urllib.parse import quote

import reflex as rx
from anyio import to_thread

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules, service
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shared.errors import RateLimited, Unauthenticated
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.rules import Needs
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import cache, limits, notes
from platform_app.infra.limits import WRITES
from state import address, sockets
from state.address import Address

SIGN_IN = "/sign-in"


class SignInFirst(Unauthenticated):
    """Nobody is signed in in a tab; `back` is where in Plaza it was."""

    def __init__(self, back: str) -> None:
        """Remember the place."""
        self.back = back
        super().__init__()


async def viewer(state: rx.State) -> Viewer | None:
    """Who is signed in in this tab, if anybody."""
    digest = sockets.digest_of(state)
    found = await cache.read(accounts.viewer, digest=digest) if digest else None
    now = utc_now()
    if found is None or found.expires_at <= now:
        return None
    if rules.is_due(found.seen_at, now=now):
        notes.soon(service.touch, f"seen:{digest}", digest=digest, now=now)
    return found


async def signed_in(state: rx.State) -> Viewer:
    """Who is signed in; SignInFirst, which leads to the sign-in page and back, when nobody is."""
    found = await viewer(state)
    if found is None:
        raise SignInFirst(_place(address.of(state)))
    return found


async def writing(state: rx.State) -> Viewer:
    """Who is signed in and changes something, which nobody does all the time; SignInFirst, RateLimited."""
    user = await signed_in(state)
    wait = await to_thread.run_sync(limits.hit, (WRITES, str(user.user_id)))
    if wait:
        raise RateLimited(retry_after=wait)
    return user


async def selling(state: rx.State, needs: Needs = None) -> Membership:
    """The part that whoever is signed in has in the shop of this tab's address, /sell/{shop}/….

    SignInFirst, ShopNotFound or NotPermitted. It may be a moment old: whatever changes something gives `user_id` and
    `slug` to a command, which asks again in its own transaction.
    """
    user = await signed_in(state)
    parts = address.of(state).slugs()
    slug = parts[1] if len(parts) > 1 and parts[0] == "sell" else ""
    mine = await cache.read(shops.memberships, user_id=user.user_id)
    found = next((each for each in mine if each.slug == slug), None)
    if found is None:
        raise ShopNotFound
    if not found.may(needs):
        raise NotPermitted
    return found


async def writing_member(state: rx.State, needs: Needs) -> Membership:
    """`selling`, for a handler that changes something: it counts against the same limit as the user's other writes."""
    found = await selling(state, needs)
    await writing(state)
    return found


def sign_in_href(path: str) -> str:
    """The sign-in page, from which one comes back to this path of ours."""
    back = local(path)
    return f"{SIGN_IN}?next={quote(back)}" if back else SIGN_IN


def local(path: str) -> str:
    """The path when it is one of ours, else nothing: a browser takes two slashes, or a backslash, for another host."""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else ""


def _place(here: Address) -> str:
    """Where one is; without `next`, which a browser that is being led away already may send with the page it leaves."""
    return address.href(here.path, {name: value for name, value in here.query.items() if name != "next"})
