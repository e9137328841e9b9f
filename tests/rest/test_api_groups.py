"""API groups: each route is in one group, each path leads to one group, and all groups answer errors alike."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from platform_app import main
from platform_app.html import pages
from platform_app.html.frontend import Frontend
from platform_app.infra import cache
from platform_app.rest import app as rest
from platform_app.rest import health
from platform_app.rest.api_groups import GROUPS, PAGES
from platform_app.rest.middleware import RequestMiddleware
from platform_app.rest.routers import group_paths, groups_for_path
from tests.isolation.test_routes import routes, walk_routes
from tests.stack.test_command_line import run_plaza

ALWAYS = {f"GET {path}" for path in ("/healthz/live", "/healthz/ready", "/metrics")} | {
    f"GET {path}" for path in ("/api/docs", "/api/{path}", "/auth/{path}", "/media/{path}")
}


def routes_of(service: str) -> set[str]:
    return {name for name, _, _ in routes(rest.build(groups=[service]))} - ALWAYS


def test_every_route_is_in_exactly_one_group() -> None:
    found = [name for service in GROUPS for name in routes_of(service)]
    assert sorted(found) == sorted({name for name, _, _ in routes(rest.build())} - ALWAYS)
    assert {f"GET {route.path}" for route in walk_routes(health.router.routes)} < ALWAYS


@pytest.mark.parametrize("service", sorted({*GROUPS} - {PAGES}))
def test_a_path_leads_to_the_group_of_its_route(service: str) -> None:
    names = routes_of(service)
    assert names
    for name in names:
        path = re.sub(r"\{[^}]+\}", "3fa85f64", name.split()[1])
        assert groups_for_path(path) == [service], name


def test_pages_and_unknown_paths_lead_to_the_pages_group(tmp_path: Path) -> None:
    router = pages.build_router(Frontend(tmp_path), main.shell_pages())
    shown = [re.sub(r"\{[^}]+\}", "tops", route.path) for route in walk_routes(router.routes)]
    assert {"/", "/sitemap.xml", "/sell/tops/listings/tops"} <= set(shown)
    for path in (*shown, "/", "/api/docs", "/api/v1/openapi.json", "/api/v1/unknown", "/healthz/live", "/assets/a.js"):
        assert groups_for_path(path) == [PAGES], path


def test_no_path_leads_to_two_groups() -> None:
    paths = [
        "/api/v1/account",
        "/api/v1/account/shops",
        "/api/v1/shops",
        "/api/v1/shops/a",
        "/api/v1/shops/a/listings/b",
    ]
    assert [groups_for_path(path) for path in paths] == [
        ["accounts"],
        ["shops"],
        ["shops"],
        ["shops"],
        ["editing"],
    ]
    assert set(group_paths()) == set(GROUPS)


@pytest.fixture
def single_group_client(clean: None) -> Iterator[TestClient]:
    """A client of the catalog group, deployed by itself."""
    cache.set_listening(False)
    cache._redis.cache_clear()
    with TestClient(RequestMiddleware(rest.build(groups=["catalog"]))) as client:
        yield client
        assert client.portal is not None
        client.portal.call(cache._redis().aclose)
    cache._redis.cache_clear()


def test_a_group_alone_serves_its_own_routes_and_answers_404_for_others(single_group_client: TestClient) -> None:
    assert single_group_client.get("/api/v1/categories").json()["items"] == []
    assert single_group_client.get("/healthz/ready").json() == {"status": "ready"}
    for path in ("/api/v1/search/suggestions?q=mug", "/media/pictures/a/400.webp", "/auth/nothing"):
        refused = single_group_client.get(path)
        assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
        assert refused.json()["code"] == "not_found"
    wrong = single_group_client.get("/api/v1/listings?limit=0")
    assert (wrong.status_code, wrong.json()["code"], list(wrong.json()["fields"])) == (422, "invalid", ["limit"])
    assert single_group_client.get("/api/v1/openapi.json").json() == rest.build().openapi()


def test_pages_are_served_by_their_own_group_only() -> None:
    alone = TestClient(main.api(["catalog"]))
    assert alone.get("/").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("named", ["catalog,nonsense", "nonsense"])
def test_an_unknown_group_is_refused_with_the_list_of_groups(named: str) -> None:
    refused = run_plaza("api", "--services", named)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f'There is no API group "nonsense"; there are {", ".join(GROUPS)}.\n'
