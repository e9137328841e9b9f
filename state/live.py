"""Which tab shows what, and the refreshing of those whose content has changed."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import reflex as rx
from reflex.event import Event, EventHandler

REFRESH_SECONDS = 0.4  # at least this long between two refreshes of one page: it shows progress twice a second
REFRESHES_A_TICK = 25  # and no more pages than this at once, however many show what has changed
TICK_SECONDS = 0.05


def watch(state: rx.State, *, tags: Iterable[str], refresh: object) -> None:
    """From now on this tab shows what carries these tags, and nothing else; a poke of one runs `refresh`."""
    token = state.router.session.client_token
    _unwatch(token)
    _watches[token] = _Watch(frozenset(tags), cast(EventHandler, refresh))
    for tag in _watches[token].tags:
        _tokens.setdefault(tag, set()).add(token)


def forget(token: str) -> None:
    """This tab shows nothing any more."""
    _unwatch(token)
    _due.pop(token, None)
    _refreshed.pop(token, None)


def mark(tags: list[str] | None) -> None:
    """Note whose pages show what has changed; None is everyone, since pokes may have been missed."""
    tokens = set(_watches) if tags is None else set().union(*(_tokens.get(tag, ()) for tag in tags))
    now = time.monotonic()
    for token in tokens:
        _due.setdefault(token, max(now, _refreshed.get(token, 0.0) + REFRESH_SECONDS))


async def refresh_due(app: rx.App) -> None:
    """Refresh marked pages, a few at a time, until cancelled."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        for token in [token for token, at in _due.items() if at <= now][:REFRESHES_A_TICK]:
            del _due[token]
            await _refresh(app, token, now=now)


@dataclass(frozen=True)
class _Watch:
    tags: frozenset[str]
    refresh: EventHandler


_watches: dict[str, _Watch] = {}
_tokens: dict[str, set[str]] = {}
_due: dict[str, float] = {}  # token: when its page may be refreshed, soonest first
_refreshed: dict[str, float] = {}


def _unwatch(token: str) -> None:
    watched = _watches.pop(token, None)
    for tag in watched.tags if watched else ():
        tokens = _tokens.get(tag, set())
        tokens.discard(token)
        if not tokens:
            _tokens.pop(tag, None)


async def _refresh(app: rx.App, token: str, *, now: float) -> None:
    watched, namespace = _watches.get(token), app.event_namespace
    manager = namespace._token_manager if namespace else None
    socket = manager.token_to_socket.get(token) if manager else None
    if watched is None or manager is None or socket is None or socket.instance_id != manager.instance_id:
        forget(token)
        return
    _refreshed[token] = now
    await app.event_processor.enqueue(token, Event.from_event_type(watched.refresh)[0])
