"""The nouns' routers, found in their modules, and the paths of each API group."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from fastapi import APIRouter
from fastapi.routing import APIRoute

from platform_app.rest.api_groups import GROUPS, PAGES, route_modules

_PARAMETER = re.compile(r"(\{\w+\})")


@dataclass
class _Node:
    """A segment of the routes' paths: the groups with routes here or below, and those with a route that ends here."""

    groups: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    children: dict[str, "_Node"] = field(default_factory=dict)


@cache
def routers(group: str) -> tuple[APIRouter, ...]:
    """The `router` of each of the group's modules that has one."""
    modules = [import_module(name) for name in route_modules(group)] if group != PAGES else []
    return tuple(module.router for module in modules if hasattr(module, "router"))


@cache
def group_paths() -> dict[str, tuple[str, ...]]:
    """The paths of each group as regular expressions for nginx and Python; no path matches two groups.

    An expression is the shortest prefix that only one group has. The pages have none: they answer all other paths.
    """
    root = _Node()
    for group in GROUPS:
        for path in (route.path for router in routers(group) for route in router.routes if isinstance(route, APIRoute)):
            _insert(root, group, path)
    found = list(_expressions(root, "^"))
    return {group: tuple(pattern for owner, pattern in found if owner == group) for group in GROUPS}


def groups_for_path(path: str) -> list[str]:
    """The groups that answer this path."""
    found = [group for group, patterns in group_paths().items() if any(re.search(each, path) for each in patterns)]
    return found or [PAGES]


def _insert(root: _Node, group: str, path: str) -> None:
    node = root
    for segment in path.strip("/").split("/"):
        node = node.children.setdefault(_segment_pattern(segment), _Node())
        node.groups.add(group)
    node.ends.add(group)


def _segment_pattern(segment: str) -> str:
    parts = _PARAMETER.split(segment)
    return "".join("[^/]+" if _PARAMETER.fullmatch(part) else re.escape(part).replace(r"\-", "-") for part in parts)


def _expressions(node: _Node, prefix: str) -> Iterator[tuple[str, str]]:
    for segment, child in sorted(node.children.items()):
        path = f"{prefix}/{segment}"
        if len(child.groups) == 1:
            yield next(iter(child.groups)), f"{path}(/|$)"
            continue
        for group in sorted(child.ends):
            yield group, f"{path}$"
        yield from _expressions(child, path)
