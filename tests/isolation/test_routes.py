"""Every REST route, called for the victim's data by a visitor, another member, and another shop's staff.

The routes are read from the app: a new one is tried at once, and must refuse unless it is listed here with a reason.
"""

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel

from platform_app.domain.shops import queries as shops
from platform_app.html import crawlers
from platform_app.infra import db, invalidation
from platform_app.infra.limits import KEY_PREFIX
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from tests.accounts.helpers import browsers
from tests.isolation import declarations
from tests.isolation import victim as worlds
from tests.isolation.victim import Victim

# Routes for everybody, with the reason. Those of a noun are in its tests, in `isolation.py`.
PUBLIC = {
    "GET /robots.txt": "public, for crawlers",
    "GET /sitemap.xml": "public, for crawlers",
    "GET /sitemaps/places.xml": "public, for crawlers",
    "GET /sitemaps/listings/{start}.xml": "public, for crawlers",
    "GET /healthz/live": "whether the process is alive",
    "GET /healthz/ready": "whether the process is ready",
    "GET /metrics": "metrics without personal data",
    "GET /api/docs": "the documentation",
    "GET /api/{path}": "answers 404",
    "GET /auth/{path}": "answers 404",
    "GET /media/{path}": "answers 404",
    **declarations.declared("PUBLIC_ROUTES"),
}
# Routes for signed-in users about themselves: the user comes from the session. Ids of other users are not found.
OWN_DATA = declarations.declared("OWN_DATA_ROUTES")
REFUSALS = (403, 404)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    whole = rest.build()
    whole.include_router(crawlers.router)
    return whole


def routes(app: FastAPI) -> list[tuple[str, str, APIRoute]]:
    return [
        (f"{method} {re.sub(':path', '', route.path)}", method, route)
        for route in walk_routes(app.routes)
        for method in sorted(route.methods - {"HEAD"})
    ]


def walk_routes(found: Sequence[object]) -> Iterator[APIRoute]:
    """All routes; FastAPI keeps an included router as one object with its routes inside."""
    for each in found:
        if isinstance(each, APIRoute):
            yield each
        yield from walk_routes(getattr(getattr(each, "original_router", None), "routes", ()))


@pytest.fixture
def trying(clean: None) -> Iterator[tuple[TestClient, Victim]]:
    with browsers() as (one,):
        yield one, worlds.create()


def test_no_route_reveals_or_changes_data_of_another_user(app: FastAPI, trying: tuple[TestClient, Victim]) -> None:
    browser, victim = trying
    found = routes(app)
    assert {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods} <= {
        name for name, _, _ in found
    }
    assert find_violations(browser, victim, found) == []


def test_the_lists_name_existing_routes_only(app: FastAPI) -> None:
    assert {*PUBLIC, *OWN_DATA} - {name for name, _, _ in routes(app)} == set()
    assert set(PUBLIC) & set(OWN_DATA) == set()


def test_a_new_route_without_a_check_is_found(trying: tuple[TestClient, Victim]) -> None:
    _, victim = trying
    router = APIRouter()

    @router.get("/api/v1/shops/{shop}/unchecked")
    async def unchecked(shop: str) -> list[str]:
        found = await db.read(shops.find_by_slug, slug=shop)
        assert found is not None
        return [each.email for each in await db.read(shops.members, shop_id=found.id)]

    leaking = FastAPI()
    leaking.include_router(router)
    with TestClient(leaking) as other:
        wrong = find_violations(other, victim, [each for each in routes(leaking) if "unchecked" in each[0]])
    by_visitor = [line for line in wrong if line.startswith("GET /api/v1/shops/{shop}/unchecked by nobody: ")]
    assert [line.rpartition(": ")[2].split()[0] for line in by_visitor] == ["answered", "revealed"]
    assert "hugo@victim.example" in by_visitor[1]


def find_violations(browser: TestClient, victim: Victim, found: list[tuple[str, str, APIRoute]]) -> list[str]:
    """The violations of the routes when attackers ask for the victim's data."""
    wrong, detector = [], worlds.ChangeDetector(victim)
    for name, method, route in found:
        for attacker in victim.attackers:
            violations = violations_of(browser, victim, attacker, name, method, route)
            if detector.has_changed():
                violations.append("changed what is the victim's")
            wrong += [f"{name} by {attacker}: {each}" for each in violations]
    return wrong


def violations_of(
    browser: TestClient, victim: Victim, attacker: str, name: str, method: str, route: APIRoute
) -> list[str]:
    path, payload = url_for(victim, route), body_for(victim, route)
    reset_limits()
    browser.cookies.clear()
    if token := worlds.session_token(victim, attacker):
        browser.cookies.set(settings().session_cookie, token)
    answer = browser.request(method, path, json=payload) if payload is not None else browser.request(method, path)
    wrong = []
    if not is_expected(answer, name=name, attacker=attacker):
        wrong.append(f"answered {answer.status_code}")
    if leaked := worlds.leaked_secrets(victim, answer.text + str(answer.headers), sent=path + json.dumps(payload)):
        wrong.append(f"revealed {leaked}")
    if answer.status_code >= 500:
        wrong.append("broke")
    return wrong


def is_expected(answer: httpx2.Response, *, name: str, attacker: str) -> bool:
    """Whether the response is a refusal, where one is required."""
    if name in PUBLIC:
        return True
    if attacker == "nobody":
        return answer.status_code == 401
    return name in OWN_DATA or answer.status_code in REFUSALS


def url_for(victim: Victim, route: APIRoute) -> str:
    """The route's path and query with the victim's ids."""
    path = re.sub(r"\{(\w+)(?::path)?\}", lambda part: str(known_value(victim, part[1])), route.path)
    return str(
        httpx2.URL(path, params={each.alias: str(known_value(victim, each.name)) for each in required_params(route)})
    )


def known_value(victim: Victim, name: str) -> object:
    """The victim's id for this parameter; an unknown parameter fails the test by name."""
    fixed = {"slug": worlds.SHOP, "content": "0" * 64, "width": 400, "start": 1, "path": "x", "wanted": worlds.SHOP}
    fixed |= {"image": "mark", "version": 0, "country": "GB"}
    assert name in victim.ids or name in fixed, f"tests/isolation/victim.py has no value for {name}"
    return victim.ids.get(name, fixed.get(name))


def required_params(route: APIRoute) -> list[Any]:
    """The required query parameters; those in a model are all optional."""
    return [
        each
        for each in route.dependant.query_params
        if each.field_info.is_required()
        and not (inspect.isclass(each.field_info.annotation) and issubclass(each.field_info.annotation, BaseModel))
    ]


def body_for(victim: Victim, route: APIRoute) -> dict[str, Any] | None:
    """A body with the victim's ids, where the route takes one."""
    kinds = [each.annotation for each in inspect.signature(route.endpoint).parameters.values()]
    models = [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, BaseModel)]
    return worlds.body_for(victim, models[0]) if models and route.body_field is not None else None


def reset_limits() -> None:
    """Reset the rate limits, which would hide what a route does."""
    for key in invalidation.work_redis().scan_iter(match=f"*{KEY_PREFIX}*"):
        invalidation.work_redis().delete(key)
