"""Routes and handlers of sections that anyone may call, and why; and what others try to reach."""

from uuid import UUID

from platform_app.domain.sections.models import Section
from platform_app.infra.db import WriteSession

PUBLIC_ROUTES = {"GET /api/v1/shops/{shop}/sections": "the sections on a shop's public page"}


def add_victim_rows(session: WriteSession, *, user_id: UUID, shop_id: UUID) -> dict[str, str]:
    """A section of the victim's shop."""
    row = Section(shop_id=shop_id, slug="mugs", title="Mugs", position=0)
    session.add(row)
    session.flush()
    return {"section_id": str(row.id)}
