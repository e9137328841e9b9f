"""Live updates: each tab subscribes to the cache tags of what it shows, and is refreshed when one is invalidated."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import reflex as rx
from reflex.event import Event, EventHandler
from reflex_base.utils.format import format_event_handler

from state.core import router
from state.core.hooks import Hook

MIN_REFRESH_INTERVAL_SECONDS = 0.4  # per region: progress is shown about twice a second
MAX_REFRESHES_PER_TICK = 25
TICK_SECONDS = 0.05
MAX_RELOAD = 100  # list items that a refresh reads


_TOKENS = "reflex.utils.token_manager:TokenManager"
HOOKS = (
    Hook(
        f"{_TOKENS}.__init__",
        "the process with a tab's socket refreshes it",
        source=("self._reset_instance_id()", "self.token_to_socket: dict[str, SocketRecord]"),
    ),
    Hook(
        "reflex.utils.token_manager:SocketRecord",
        "the process with a tab's socket refreshes it",
        parameters=("instance_id", "sid"),
    ),
    Hook("reflex.app:EventNamespace.__init__", "holds the tabs and their sockets", source=("self._token_manager = ",)),
    Hook(
        "reflex_base.event.processor:EventProcessor.enqueue",
        "a refresh is an event like any other",
        parameters=("token", "event", "ev_ctx"),
    ),
    Hook("reflex.event:Event.from_event_type", "creates the event of a refresh"),
)


class Region(StrEnum):
    """The parts of a tab that are refreshed separately: the page, its favourite buttons and the bell."""

    PAGE = "page"
    FAVOURITES = "favourites"
    BELL = "bell"


def subscribe(
    state: rx.State, *, tags: Iterable[str], refresh: object, region: Region = Region.PAGE, keys: Iterable[str] = ()
) -> None:
    """Subscribe a region of the tab to these tags instead of its earlier ones; invalidating one runs `refresh`."""
    target, handler = (router.session(state).client_token, region), cast(EventHandler, refresh)
    _unsubscribe(target)
    _subscriptions[target] = _Subscription(frozenset(tags), handler, format_event_handler(handler), tuple(keys))
    _refresh_events.add(_subscriptions[target].event_name)
    for tag in _subscriptions[target].tags:
        _targets_by_tag.setdefault(tag, set()).add(target)


def subscribed_keys(state: rx.State, region: Region) -> tuple[str, ...]:
    """The keys of the tab's last subscription; unlike its states, they are not evicted while the tab is idle."""
    subscription = _subscriptions.get((router.session(state).client_token, region))
    return subscription.keys if subscription else ()


def all_subscribed_keys(region: Region) -> set[tuple[str, ...]]:
    """The keys of all tabs' subscriptions in this region."""
    return {subscription.keys for (_, each), subscription in _subscriptions.items() if each is region}


def is_stale(state: rx.State, event: str) -> bool:
    """Whether this event would refresh a page that the tab has left."""
    token = router.session(state).client_token
    subscriptions = (_subscriptions.get((token, region)) for region in Region)
    return event in _refresh_events and all(each is None or each.event_name != event for each in subscriptions)


def unsubscribe(token: str) -> None:
    """End all of the tab's subscriptions."""
    for region in Region:
        _unsubscribe((token, region))
        _due_at.pop((token, region), None)
        _refreshed_at.pop((token, region), None)


def invalidate(tags: list[str] | None) -> None:
    """Schedule a refresh of every region that subscribes to one of these tags; None means all regions."""
    targets = set(_subscriptions) if tags is None else set().union(*(_targets_by_tag.get(tag, ()) for tag in tags))
    now = time.monotonic()
    for target in targets:
        _due_at.setdefault(target, max(now, _refreshed_at.get(target, 0.0) + MIN_REFRESH_INTERVAL_SECONDS))


def reload_limit(loaded: int, *, page_size: int, has_more: bool) -> int:
    """How many list items a refresh reads: as many as are loaded, or all if the list is loaded to its end.

    Otherwise new items at the top would push out the last ones, which the visitor has just loaded.
    """
    if loaded > page_size and not has_more:
        return MAX_RELOAD
    return min(max(loaded, page_size), MAX_RELOAD)


async def refresh_due(app: rx.App) -> None:
    """Refresh scheduled regions, a few at a time, until cancelled."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        for target in [target for target, at in _due_at.items() if at <= now][:MAX_REFRESHES_PER_TICK]:
            del _due_at[target]
            await _refresh(app, target, now=now)


@dataclass(frozen=True)
class _Subscription:
    tags: frozenset[str]
    refresh: EventHandler
    event_name: str
    keys: tuple[str, ...]


_Target = tuple[str, Region]  # a tab's token, and its region
_subscriptions: dict[_Target, _Subscription] = {}
_targets_by_tag: dict[str, set[_Target]] = {}
_refresh_events: set[str] = set()  # names of all refresh handlers
_due_at: dict[_Target, float] = {}  # when each may be refreshed, soonest first
_refreshed_at: dict[_Target, float] = {}


def _unsubscribe(target: _Target) -> None:
    subscription = _subscriptions.pop(target, None)
    for tag in subscription.tags if subscription else ():
        targets = _targets_by_tag.get(tag, set())
        targets.discard(target)
        if not targets:
            _targets_by_tag.pop(tag, None)


async def _refresh(app: rx.App, target: _Target, *, now: float) -> None:
    token, _ = target
    subscription, namespace = _subscriptions.get(target), app.event_namespace
    manager = namespace._token_manager if namespace else None
    socket = manager.token_to_socket.get(token) if manager else None
    if subscription is None or manager is None or socket is None or socket.instance_id != manager.instance_id:
        unsubscribe(token)
        return
    _refreshed_at[target] = now
    await app.event_processor.enqueue(token, Event.from_event_type(subscription.refresh)[0])
