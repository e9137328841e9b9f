"""Tell whoever waits for a variant that it is back in stock: once, in the app and by mail."""

from uuid import UUID

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.stock_alerts import service
from platform_app.infra import jobs, mail
from platform_app.infra.db import WriteSession
from platform_app.mail import stock_alerts as mails


@jobs.once
def notify_waiting(session: WriteSession, *, shop_id: str, variant_ids: list[str]) -> None:
    """Notify the next users who wait for these variants of a shop, one batch per job."""
    ids = [UUID(variant_id) for variant_id in variant_ids]
    for found in service.notify_waiting(session, shop_id=UUID(shop_id), variant_ids=ids, now=utc_now()):
        mail.enqueue(session, mails.back_in_stock(found))


@jobs.once
def check_shop(session: WriteSession, *, shop_id: str, fields: list[str]) -> None:
    """Check what users wait for in a shop whose settings have changed."""
    service.check_shop(session, shop_id=UUID(shop_id), fields=fields)
