"""Probes and metrics for operators and their machines."""

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
    """Whether the process answers; it checks nothing else."""
    return {"status": "alive"}


@router.get("/healthz/ready")
async def ready() -> JSONResponse:
    """Whether this process can serve visitors: the primary answers, or at least a replica.

    Without the replicas, a load balancer would leave out every process during a failover, with the pages that still
    work.
    """
    try:
        await db.read(_ping)
    except db.DatabaseUnavailable as error:
        if not replicas.any_readable():
            return JSONResponse({"status": "unready", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ready", "reason": f"Only public pages are available. {error}"})
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def prometheus_metrics() -> Response:
    """Prometheus metrics, summed over the processes of this machine; in production on a port of their own, if any."""
    if settings().metrics_port or settings().env is Environment.PRODUCTION:
        raise NotFound("Metrics are served on their own port here.")
    return Response(await run_in_threadpool(metrics.exposition), media_type=CONTENT_TYPE_LATEST)


def _ping(session: ReadSession) -> None:
    session.execute(text("SELECT 1"))
