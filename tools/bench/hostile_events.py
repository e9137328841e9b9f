"""Hostile events of every handler that browsers may call: found in the registry, with the largest arguments."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from pages.routes import ROUTES
from state.core import intake
from tools.bench.hostile_market import Market
from tools.bench.hostile_requests import PAGE_PARAMETERS
from tools.bench.socket_client import ROOT_STATE

LONGEST_TEXT = 200_000  # characters; a frame has at most 256 KiB
MOST_ITEMS = 200
LOADS = "hydrate_and_load"
_FORM_FIELD = re.compile(r"form(?:\.get\(|\[)\"(\w+)\"")
# What our own pages send for arguments of these names; other text is as long as possible.
PLAUSIBLE = {
    "action": ("stock", "price", "archive", "publish", "draft"),
    "amount": ("5",),
    "status": ("published", "draft"),
    "name": ("title", "description", "tags", "price", "quantity", "sku", "Colour"),
    "old": ("Value 1",),
    "key": ("none",),
}


@dataclass(frozen=True)
class Event:
    """An event on a page; `label` says what is hostile in it."""

    handler: str
    label: str
    path: str
    payload: Mapping[str, object]

    @property
    def name(self) -> str:
        """The handler and the attack."""
        return f"{self.handler.rpartition('____')[2]}: {self.label}"


def events(market: Market, *, seed: int) -> Iterator[Event]:
    """Every hostile page load, and every hostile event of every handler on its own page."""
    pages = _pages_by_state(market)
    for path in dict.fromkeys(pages.values()):
        yield Event(LOADS, f"open {path}", path, {"vars": {}})
        if path in _list_paths(market):
            for label, query in _queries(market, seed=seed):
                yield Event(LOADS, f"open {path} with {label}", f"{path}?{urlencode(query)}", {"vars": {}})
    for name, function in sorted(intake.open_handlers().items()):
        if name in intake._REFLEX_HANDLERS:
            continue
        short = name.removeprefix(f"{ROOT_STATE}.")
        path = pages.get(short.rpartition(".")[0], pages.get("editor" if "editor" in short else "", "/"))
        for label, payload in payloads(function, market, seed=seed):
            yield Event(short, label, path, payload)


def payloads(function: Any, market: Market, *, seed: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Hostile arguments of a handler by the types of its parameters."""
    hints = {name: kind for name, kind in get_type_hints(function).items() if name not in ("self", "return")}
    if not hints:
        yield "no arguments", {}
        return
    fields = _FORM_FIELD.findall(inspect.getsource(function))
    texts = {"longest": "words and words " * (LONGEST_TEXT // 16), **market.queries(200, seed=seed)}
    for label, text in texts.items():
        yield label, {name: _value(name, kind, text, market, fields, seed) for name, kind in hints.items()}
    for name in hints.keys() & PLAUSIBLE.keys() if "form" not in hints else fields[:1]:
        for value in PLAUSIBLE.get(name, ()):
            payload = {each: _value(each, kind, "7", market, fields, seed) for each, kind in hints.items()}
            if "form" in hints:
                payload["form"] = {**dict.fromkeys(fields, "7"), name: value}
            else:
                payload[name] = value
            yield f"{name} {value}", payload


def _value(name: str, kind: Any, text: str, market: Market, fields: list[str], seed: int) -> object:
    """A value of a type: a known one by its name, else the text or the greatest number."""
    if isinstance(kind, UnionType):
        kind = get_args(kind)[0]
    origin = get_origin(kind) or kind
    if origin is bool:
        return True
    if origin is int:
        return seed if name == "sequence" else 1  # no text is applied twice
    if origin is list:
        return list(market.listing_ids) or [market.known["listing_id"]] * MOST_ITEMS
    if origin is dict:
        share = text[: LONGEST_TEXT // max(1, len(fields))]
        return dict.fromkeys(fields, share) if fields else {f"name {number}": text[:200] for number in range(40)}
    if name in market.known:
        return market.known[name]
    return PLAUSIBLE[name][0] if name in PLAUSIBLE and name not in ("old",) else text


def _queries(market: Market, *, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    filters = {
        **PAGE_PARAMETERS,
        **{name: values[0] for name, values in market.facets.items()},
        "max": str(99_999_999 - seed),
    }
    for label, text in market.queries(200, seed=seed).items():
        for order in ("relevance", "price_up"):
            yield f"{label}, {order}", {"q": text, "sort": order}
            yield f"{label}, every filter, {order}", {"q": text, "sort": order, **filters}


def _list_paths(market: Market) -> tuple[str, ...]:
    return ("/search", f"/c/{market.known['category']}", f"/shops/{market.known['shop']}")


def _pages_by_state(market: Market) -> dict[str, str]:
    """The path of each state's own page, with the names of the market."""
    found: dict[str, str] = {}
    for route in ROUTES:
        handler = route.on_load
        path = re.sub(r"\[(\w+)\]", lambda match: market.known.get(match[1], "x" * 60), route.path)
        if handler is not None and path.startswith("/"):
            state = str(getattr(handler, "state_full_name", "")).removeprefix(f"{ROOT_STATE}.")
            found.setdefault(state, path)
            found.setdefault(f"page {path}", path)
    return found
