"""Every error as `application/problem+json` with a stable `code`; an unexpected one is a 500 with an incident id."""

from collections.abc import Mapping
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from platform_app.domain.shared.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    ProductError,
    RateLimited,
    Unauthenticated,
    Unavailable,
    Undecided,
    to_product_error,
)
from platform_app.infra import sentry
from platform_app.infra.errors import Outage

STATUS: dict[type[ProductError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    Gone: 410,  # before its base class, since the first match wins
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    RateLimited: 429,
    Unavailable: 503,
    Undecided: 503,
}

RETRY_LATER = {"Retry-After": "5"}  # seconds, during an outage

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Answer all errors of an app with problem documents."""
    app.add_exception_handler(ProductError, _product_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Outage, _outage_error)
    app.add_exception_handler(Exception, _unexpected_error)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document."""
    body: dict[str, object] = {"type": "about:blank", "title": detail, "status": status, "code": code, "detail": detail}
    if fields:
        body["fields"] = dict(fields)
    return JSONResponse(
        body, status, headers={"Cache-Control": "no-store", **(headers or {})}, media_type="application/problem+json"
    )


async def _product_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProductError)
    status = next(number for kind, number in STATUS.items() if isinstance(error, kind))
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    fields = error.fields if isinstance(error, Invalid) else {}
    return problem(status, error.code, str(error), fields=fields, headers=headers)


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = {str(one["loc"][-1]): str(one["msg"]) for one in error.errors()}
    detail = "; ".join(f"{name}: {message}" for name, message in fields.items())
    return problem(422, "invalid", detail, fields=fields)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def _outage_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Outage)
    log.warning("outage", error=str(error))
    product_error = to_product_error(error)
    return problem(503, product_error.code, str(product_error), headers=RETRY_LATER)


async def _unexpected_error(_: Request, error: Exception) -> JSONResponse:
    incident = uuid4().hex[:12]
    log.error("unforeseen error", incident=incident, exc_info=error)
    sentry.capture(error, incident=incident)
    return problem(500, "internal", f"Something went wrong on our side. Incident {incident}.")
