"""A noun is registered by its folder, and every list that deployments need in writing agrees with the folders."""

import re
from pathlib import Path

import pytest
import yaml
from fastapi.routing import APIRoute

from pages.layout.route import AccountLink, Route, account_links, private
from pages.routes import ROUTES
from platform_app import main
from platform_app.domain.nouns import NOUNS
from platform_app.html import pages
from platform_app.html.frontend import Frontend
from platform_app.infra.settings import ROOT
from platform_app.rest.api_groups import GROUPS
from platform_app.rest.routers import group_paths, routers
from platform_app.stack import container_edges, nginx, up
from platform_app.stack.production import tiers
from platform_app.stack.production.topology import TopologyConfig
from platform_app.stack.progress import StartProgress
from platform_app.stack.run import Run
from workers.queues import QUEUES, WORKERS

LOCATION = re.compile(r"^\s*location (=|~)? ?(\S+) \{$", re.MULTILINE)
TABLE = [route for route in ROUTES if route.path.startswith("/") and not route.is_development]

PUBLIC = [route for route in TABLE if not route.is_private]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(id="test", data=tmp_path, port=8000, url="http://127.0.0.1:8000", progress=StartProgress())


def test_every_queue_has_one_worker() -> None:
    served = [queue for queues in WORKERS.values() for queue in queues]
    assert sorted(served) == sorted(QUEUES)


def test_plaza_up_starts_every_worker(run: Run) -> None:
    started = {child.name for child in up._background_children(run)}
    assert started == {"clock", *(f"worker-{name}" for name in WORKERS)}


def test_the_production_topology_starts_every_worker(run: Run) -> None:
    started = {child.name for child in tiers.background_children(run, TopologyConfig(run.data), WORKERS)}
    assert started == {"clock-1", "clock-2", *(f"worker-{name}" for name in WORKERS)}


def test_the_chart_has_a_line_for_every_worker() -> None:
    written = yaml.safe_load((ROOT / "deploy/helm/plaza/values.yaml").read_text())["worker"]["queues"]
    assert set(written) == set(WORKERS), "deploy/helm/plaza/values.yaml, worker.queues"


def test_the_compose_file_has_a_service_for_every_worker() -> None:
    services = yaml.safe_load((ROOT / "deploy/docker/compose.yaml").read_text())["services"]
    written = {service["command"][1] for service in services.values() if service.get("command", [""])[0] == "worker"}
    assert written == set(WORKERS), "deploy/docker/compose.yaml"


def test_the_chart_knows_the_paths_of_every_api_group() -> None:
    written = (ROOT / "deploy/helm/plaza/files" / container_edges.SERVICES_FILE).read_text()
    advice = "write it again: ./plaza deploy nginx kubernetes --to deploy/helm/plaza/files"
    assert written == container_edges.services_file_text(group_paths()), advice


def test_every_page_with_parameters_is_served(tmp_path: Path) -> None:
    served = html_paths(tmp_path, with_shells=True)
    assert [route.path for route in TABLE if "[" in route.path and fastapi_path(route) not in served] == []


def test_every_public_page_with_parameters_can_be_read_before_scripts_run(tmp_path: Path) -> None:
    served = html_paths(tmp_path, with_shells=False)
    missing = [route.path for route in PUBLIC if "[" in route.path and fastapi_path(route) not in served]
    assert missing == [], "platform_app/html/pages.py has no metadata for them"


def test_every_page_that_html_serves_is_in_the_routes_table(tmp_path: Path) -> None:
    known = {fastapi_path(route) for route in TABLE} | {"/robots.txt", "/sitemap.xml"}
    unknown = [path for path in html_paths(tmp_path, with_shells=True) if path not in known]
    assert [path for path in unknown if not path.startswith("/sitemaps/")] == []


def test_the_edge_sends_routes_to_the_api_and_pages_to_the_page_cache() -> None:
    configuration = nginx.render(container_edges.kubernetes())
    routes = [
        route.path
        for group in GROUPS
        for router in routers(group)
        for route in router.routes
        if isinstance(route, APIRoute)
    ]
    assert len(routes) > 50
    assert [path for path in routes if edge_location(configuration, sample(path)) == "/"] == []
    assert [route.path for route in TABLE if edge_location(configuration, sample(fastapi_path(route))) != "/"] == []


def test_every_noun_is_tested_on_the_oldest_postgresql_too() -> None:
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text()
    assert "$(find platform_app/domain -mindepth 1 -maxdepth 1 -type d -printf '%f ')" in workflow
    assert [noun for noun in NOUNS if not list((ROOT / "tests" / noun).glob("test_*.py"))] == []
    named = re.findall(r"\S+/test_\w+\.py", workflow)
    assert len(named) >= 4
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []


def test_the_accounts_navigation_has_the_pages_that_ask_for_it_in_their_order() -> None:
    linked = [route for route in ROUTES if route.account_link]
    assert {(route.account_link.label, route.path) for route in linked if route.account_link} == set(account_links())
    assert [route.path for route in linked if not route.is_private or "[" in route.path] == []
    known = [
        ("Profile", "/account"), ("Notifications", "/account/notifications"), ("Following", "/following"),
        ("Security", "/account/security"), ("Addresses", "/account/addresses"), ("Your data", "/account/data"),
    ]  # fmt: skip
    assert [link for link in account_links() if link in known] == known


def test_a_private_page_is_linked_only_if_it_has_a_position() -> None:
    page = ROUTES[0].page
    assert private("/wishes", page, "Wishes").account_link is None
    linked = private("/wishes", page, "Wishes", account_position=0)
    assert linked.account_link == AccountLink("Wishes", 0)
    assert linked.title == "Wishes · Plaza"


def html_paths(folder: Path, *, with_shells: bool) -> set[str]:
    """The paths that the page router answers; the frontend need not exist."""
    router = pages.build_router(Frontend(folder), main.shell_pages() if with_shells else ())
    included = [route for route in router.routes if isinstance(route, APIRoute)]
    return {route.path for route in included}


def fastapi_path(route: Route) -> str:
    return route.path.replace("[", "{").replace("]", "}")


def sample(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x", path)


def edge_location(configuration: str, path: str) -> str:
    """The location that nginx selects: an exact one, else the first matching expression, else the longest prefix."""
    found = LOCATION.findall(configuration)
    exact = [pattern for kind, pattern in found if kind == "=" and pattern == path]
    matching = [pattern for kind, pattern in found if kind == "~" and re.search(pattern, path)]
    prefixes = [pattern for kind, pattern in found if not kind and path.startswith(pattern)]
    return next(iter([*exact, *matching, *sorted(prefixes, key=len, reverse=True)]))
