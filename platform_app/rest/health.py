"""For operators and their machines: is it alive, is it ready, how is it doing."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool

from platform_app.domain.shared.errors import NotFound
from platform_app.infra import db, metrics, replicas
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import Environment, settings

router = APIRouter(include_in_schema=False)


@router.get("/healthz/live")
async def live() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/healthz/ready")
async def ready() -> JSONResponse:
    """This process can serve visitors: the primary answers it, or a replica does.

    While another primary is being found, whoever balances the load would otherwise leave out every process at once, and with
    them the pages that go on.
    """
    try:
        await db.read(_ping)
    except db.DatabaseUnavailable as error:
        if not replicas.any_readable():
            return JSONResponse({"status": "unready", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ready", "reason": f"Only what everyone reads is there. {error}"})
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def prometheus_metrics() -> Response:
    """Prometheus figures, summed over the processes of this machine; in production on a port of their own, if any."""
    if settings().metrics_port or settings().env is Environment.PRODUCTION:
        raise NotFound("The figures have a port of their own here.")
    return Response(await run_in_threadpool(metrics.exposition), media_type=CONTENT_TYPE_LATEST)


def _ping(session: ReadSession) -> None:
    session.execute(text("SELECT 1"))
