"""Hostile requests of every route: found in the route table, with the largest arguments that its schema accepts."""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from platform_app import main
from platform_app.html import pages
from platform_app.html.frontend import Frontend
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from tools.bench.hostile_market import Market, values_of_facet

LONGEST_TEXT = 100_000  # where the schema has no limit
MOST_ITEMS = 200  # likewise
GREATEST_NUMBER = 2**63 - 1
MIN_QUERY = 100  # characters that a parameter must accept to be a text of words
DEEPEST_PAGE = 4  # a page's cost does not depend on its number: a cursor says where it begins
DEEP_LABELS = ("no text", "one common word", "common words")
# The URL parameters of the search, category and shop pages that the API names differently.
PAGE_PARAMETERS = {"min": "0", "max": "99999999", "in_stock": "1"}
JUNK = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n' + b"x" * 1_000_000 + b"\r\n--x--\r\n"
Schema = Mapping[str, Any]
Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request; `label` says what is hostile in it."""

    route: str
    label: str
    method: str
    path: str
    params: Params = ()
    body: Any = None
    is_deep: bool = False  # a late page of its list

    @property
    def name(self) -> str:
        """The route and the attack."""
        return f"{self.route}: {self.label}"


class Attacker:
    """Makes the hostile requests of all routes for a market."""

    def __init__(self, market: Market) -> None:
        """Read the route table and the schema of the API."""
        self.market = market
        self._app = whole_app()
        self._openapi: dict[str, Any] = rest.build().openapi()
        operations = [each for methods in self._openapi["paths"].values() for each in methods.values()]
        # Pages have no schema; they read the same filters as the list with the most parameters.
        self._page_parameters: list[Schema] = max((each.get("parameters", []) for each in operations), key=len)

    def requests(self, *, seed: int) -> Iterator[Request]:
        """Every hostile request of every route, each different for another seed."""
        for route in walk_routes(self._app.routes):
            for method in sorted((route.methods or set()) - {"HEAD", "DELETE"}):
                yield from self._requests_of(route, method, seed=seed)

    def _requests_of(self, route: APIRoute, method: str, *, seed: int) -> Iterator[Request]:
        path, name = self._path(route.path), f"{method} {route.path}"
        if method != "GET":
            for label, body in self._bodies(route, method, seed=seed):
                yield Request(name, label, method, path, body=body)
            return
        yield Request(name, "plain", method, path)
        parameters = self._operation(route, "GET")
        if not parameters and (route.include_in_schema or not _is_list_page(route.path)):
            return
        is_page = not parameters
        for label, params in self._queries(parameters or self._page_parameters, seed, is_page=is_page):
            yield Request(name, label, method, path, params)
            has_pages = any(each["name"] == "cursor" for each in parameters)
            if has_pages and label.startswith(DEEP_LABELS):
                yield Request(name, f"{label}, late page", method, path, params, is_deep=True)

    def _queries(self, parameters: Sequence[Schema], seed: int, *, is_page: bool) -> Iterator[tuple[str, Params]]:
        """Every hostile text alone and with all filters, in every order."""
        others: list[tuple[str, str]] = []
        texts: dict[str, dict[str, str]] = {"": {}}
        orders = [("", "")]
        for each in parameters:
            name, schema = each["name"], self._resolve(each["schema"])
            if _is_text(schema) and name != "cursor":
                texts |= {
                    label: {name: text} for label, text in self.market.queries(schema["maxLength"], seed=seed).items()
                }
            elif "enum" in schema and name != "condition":
                orders = [(f", {name} {value}", f"{name}={value}") for value in schema["enum"]]
            elif name not in ("cursor", "as_typed"):  # a search as typed corrects nothing, which costs less
                others += self._filter(name, schema, seed=seed, is_page=is_page)
        if is_page:
            others += [(name, value) for name, value in PAGE_PARAMETERS.items() if name != "max"]
            others.append(("max", str(99_999_999 - seed)))
        size = [(name, value) for name, value in others if name in ("limit", "facets")]
        for text_label, text in texts.items():
            for order_label, order in orders:
                ordered = [(order.partition("=")[0], order.partition("=")[2])] if order else []
                chosen = (*text.items(), *ordered)
                yield f"{text_label or 'no text'}{order_label}", (*chosen, *size)
                if others != size:
                    yield f"{text_label or 'no text'}, every filter{order_label}", (*chosen, *others)

    def _filter(self, name: str, schema: Schema, *, seed: int, is_page: bool) -> list[tuple[str, str]]:
        if schema.get("type") == "array":
            count = 1 if is_page else schema.get("maxItems", MOST_ITEMS)
            return [(name, value) for value in values_of_facet(self.market, name, count)]
        if schema.get("type") == "integer":
            is_lower_end = name.endswith("_min")
            return [(name, str(0 if is_lower_end else schema.get("maximum", GREATEST_NUMBER) - seed * ("max" in name)))]
        if schema.get("type") == "boolean":
            return [(name, "true")]
        if "enum" in schema:
            return [(name, str(schema["enum"][0]))]
        return [(name, self.market.known[name])] if name in self.market.known else []

    def _bodies(self, route: APIRoute, method: str, *, seed: int) -> Iterator[tuple[str, Any]]:
        operation = self._openapi["paths"].get(route.path, {}).get(method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            yield "longest values", self.largest(schema, seed=seed)
            yield "plausible values", self.largest(schema, seed=seed, plausible=True)
        else:
            yield "no body", None
            if method == "POST" and "uploads" in route.path:
                yield "a megabyte of form data", JUNK

    def largest(self, schema: Schema, *, seed: int, name: str = "", plausible: bool = False) -> Any:
        """The largest value that a schema accepts; `plausible` prefers known names, and text as long as a person's."""
        schema = self._resolve(schema)
        if plausible and name.removesuffix("s") in self.market.known and schema.get("type") == "string":
            return self.market.known[name.removesuffix("s")]
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            found = {
                key: self.largest(each, seed=seed, name=key, plausible=plausible)
                for key, each in schema.get("properties", {}).items()
            }
            extra = schema.get("additionalProperties")
            if isinstance(extra, Mapping):
                found |= {f"Name {number}": self.largest(extra, seed=seed, plausible=True) for number in range(40)}
            return found
        if kind == "array":
            return self._items(schema, seed=seed, name=name, plausible=plausible)
        if "enum" in schema:
            return schema["enum"][-1]
        if kind in ("integer", "number"):
            return schema.get("maximum", schema.get("exclusiveMaximum", GREATEST_NUMBER + 1) - 1)
        return kind == "boolean" or self._text(schema, seed=seed, name=name, plausible=plausible)

    def _items(self, schema: Schema, *, seed: int, name: str, plausible: bool) -> list[Any]:
        count = schema.get("maxItems", MOST_ITEMS)
        if name.startswith("listing_id") and self.market.listing_ids:
            return list(self.market.listing_ids[:count])
        return [
            self.largest(schema.get("items", {}), seed=seed + number, name=name, plausible=plausible)
            for number in range(count)
        ]

    def _text(self, schema: Schema, *, seed: int, name: str, plausible: bool) -> str:
        if schema.get("format") == "uuid":
            return self.market.known.get(name, self.market.known["listing_id"])
        if name == "email":
            return f"somebody-{seed}@example.org"
        if "pattern" in schema:
            return self.market.known.get(name, "a-" * 30 + "a")
        length: int = schema.get("maxLength", LONGEST_TEXT)
        words = self.market.queries(2000, seed=seed)["common words"] + f" {seed} "
        return (words * (length // len(words) + 1))[: min(length, 60) if plausible else length]

    def _path(self, pattern: str) -> str:
        def value(match: re.Match[str]) -> str:
            unknown = {"width": "800", "path": "x" * 2000}.get(match[1], "x" * 60)
            return self.market.known.get(match[1], unknown)

        return re.sub(r"\{(\w+)(?::path)?\}", value, pattern)

    def _operation(self, route: APIRoute, method: str) -> list[Schema]:
        found = self._openapi["paths"].get(route.path, {}).get(method.lower(), {})
        return [each for each in found.get("parameters", ()) if each["in"] == "query"]

    def _resolve(self, schema: Schema) -> Schema:
        """The schema itself: references and optional values lead to it."""
        while True:
            if "$ref" in schema:
                schema = self._openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            elif alternatives := schema.get("anyOf", schema.get("oneOf")):
                schema = max((each for each in alternatives if each.get("type") != "null"), key=len)
            else:
                return schema


def whole_app() -> FastAPI:
    """The app of the api tier, with the pages."""
    app = rest.build()
    app.include_router(pages.build_router(Frontend(settings().frontend), main.shell_pages()))
    return app


def walk_routes(found: Iterable[object]) -> Iterator[APIRoute]:
    """All routes; FastAPI keeps an included router as one object with its routes inside."""
    for each in found:
        if isinstance(each, APIRoute):
            yield each
        yield from walk_routes(getattr(getattr(each, "original_router", None), "routes", ()))


def accepted(client: httpx.Client, request: Request) -> Request:
    """The request with as many repeated parameters as the server accepts; itself if that is not what it refuses."""
    current = request
    while client.request(current.method, current.path, params=list(current.params)).status_code == 422:
        names = [name for name, _ in current.params]
        repeated = max(names, key=names.count, default="")
        if names.count(repeated) < 2:
            return request
        kept = [value for name, value in current.params if name == repeated][: names.count(repeated) // 2]
        others = tuple(pair for pair in current.params if pair[0] != repeated)
        current = Request(
            current.route, current.label, current.method, current.path,
            (*others, *((repeated, value) for value in kept)),
        )  # fmt: skip
    return current


def vary(request: Request, market: Market, *, seed: int) -> Request:
    """The same attack with other words and another price, so that no cache has the answer."""
    label = request.label.partition(",")[0]
    params = []
    for name, value in request.params:
        if name in ("q", "wanted") and value:
            params.append((name, market.queries(len(value) + 20, seed=seed).get(label, value)[:200]))
        elif name in ("price_max", "max"):
            params.append((name, str(int(value) - seed % 1000)))
        else:
            params.append((name, value))
    return replace(request, params=tuple(params))


def some_ip() -> str:
    """An address of no other request."""
    return str(IPv4Address(random.getrandbits(32)))


def deepen(client: httpx.Client, request: Request) -> Request:
    """The same list, some pages on, as far as it goes."""
    cursor = ""
    for _ in range(DEEPEST_PAGE):
        more = (("cursor", cursor),) if cursor else ()
        answer = client.request(request.method, request.path, params=[*request.params, *more])
        following = answer.json().get("next_cursor") if answer.status_code == 200 else None
        if not following:
            break
        cursor = following
    return replace(request, params=(*request.params, ("cursor", cursor))) if cursor else request


def _is_text(schema: Schema) -> bool:
    is_plain = schema.get("type") == "string" and "pattern" not in schema and "enum" not in schema
    return is_plain and schema.get("maxLength", 0) >= MIN_QUERY


def _is_list_page(path: str) -> bool:
    """Whether a page reads filters from its URL: those of lists do."""
    return path in ("/search", "/c/{category}", "/shops/{shop}")
