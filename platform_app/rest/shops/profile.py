"""Public shop profiles."""

from typing import Annotated

from fastapi import APIRouter, Path

from platform_app.domain.shops import queries
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import cache

router = APIRouter(prefix="/api/v1", tags=["shops"])


@router.get("/shops/{slug}")
async def get_shop(slug: Annotated[str, Path(max_length=60)]) -> Shop:
    """A shop's public profile."""
    return await cache.read(queries.by_slug, slug=slug)
