"""Which tab shows what, and the refreshing of those whose content has changed."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import reflex as rx
from reflex.event import Event, EventHandler
from reflex_base.utils.format import format_event_handler

from state import router

REFRESH_SECONDS = 0.4  # at least this long between two refreshes of one page: it shows progress twice a second
REFRESHES_A_TICK = 25  # and no more pages than this at once, however many show what has changed
TICK_SECONDS = 0.05
MAX_SHOWN = 100  # of a list, that a refresh reads again


class Part(StrEnum):
    """What of a tab is refreshed by itself: its page, the hearts on it, and the bell."""

    PAGE = "page"
    HEARTS = "hearts"
    BELL = "bell"


def watch(
    state: rx.State, *, tags: Iterable[str], refresh: object, part: Part = Part.PAGE, shown: Iterable[str] = ()
) -> None:
    """From now on this part of the tab shows what carries these tags, and nothing else; a poke of one runs `refresh`."""
    place, handler = (router.session(state).client_token, part), cast(EventHandler, refresh)
    _unwatch(place)
    _watches[place] = _Watch(frozenset(tags), handler, format_event_handler(handler), tuple(shown))
    _refreshes.add(_watches[place].name)
    for tag in _watches[place].tags:
        _places.setdefault(tag, set()).add(place)


def shown(state: rx.State, part: Part) -> tuple[str, ...]:
    """What `watch` was told last; known for as long as the tab is connected, where its states are let go of sooner."""
    watched = _watches.get((router.session(state).client_token, part))
    return watched.shown if watched else ()


def watching(part: Part) -> set[tuple[str, ...]]:
    """What `watch` was told is shown, of this part of all tabs."""
    return {watched.shown for (_, each), watched in _watches.items() if each is part}


def is_left(state: rx.State, event: str) -> bool:
    """Whether this event refreshes what the tab has left since the refresh was asked for."""
    token = router.session(state).client_token
    watched = (_watches.get((token, part)) for part in Part)
    return event in _refreshes and all(each is None or each.name != event for each in watched)


def forget(token: str) -> None:
    """This tab shows nothing any more."""
    for part in Part:
        _unwatch((token, part))
        _due.pop((token, part), None)
        _refreshed.pop((token, part), None)


def mark(tags: list[str] | None) -> None:
    """Note what shows something that has changed; None is everything, since pokes may have been missed."""
    places = set(_watches) if tags is None else set().union(*(_places.get(tag, ()) for tag in tags))
    now = time.monotonic()
    for place in places:
        _due.setdefault(place, max(now, _refreshed.get(place, 0.0) + REFRESH_SECONDS))


def length(shown: int, *, page: int, has_more: bool) -> int:
    """How much of a list to read again of which so many are shown: as many, and all for whoever has gone to its end.

    Else what comes meanwhile would push out at the end what they have just asked for.
    """
    if shown > page and not has_more:
        return MAX_SHOWN
    return min(max(shown, page), MAX_SHOWN)


async def refresh_due(app: rx.App) -> None:
    """Refresh marked pages, a few at a time, until cancelled."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        for place in [place for place, at in _due.items() if at <= now][:REFRESHES_A_TICK]:
            del _due[place]
            await _refresh(app, place, now=now)


@dataclass(frozen=True)
class _Watch:
    tags: frozenset[str]
    refresh: EventHandler
    name: str
    shown: tuple[str, ...]


_Place = tuple[str, Part]  # a tab's token, and what of it
_watches: dict[_Place, _Watch] = {}
_places: dict[str, set[_Place]] = {}
_refreshes: set[str] = set()  # names of all handlers that refresh something
_due: dict[_Place, float] = {}  # when each may be refreshed, soonest first
_refreshed: dict[_Place, float] = {}


def _unwatch(place: _Place) -> None:
    watched = _watches.pop(place, None)
    for tag in watched.tags if watched else ():
        places = _places.get(tag, set())
        places.discard(place)
        if not places:
            _places.pop(tag, None)


async def _refresh(app: rx.App, place: _Place, *, now: float) -> None:
    token, _ = place
    watched, namespace = _watches.get(place), app.event_namespace
    manager = namespace._token_manager if namespace else None
    socket = manager.token_to_socket.get(token) if manager else None
    if watched is None or manager is None or socket is None or socket.instance_id != manager.instance_id:
        forget(token)
        return
    _refreshed[place] = now
    await app.event_processor.enqueue(token, Event.from_event_type(watched.refresh)[0])
