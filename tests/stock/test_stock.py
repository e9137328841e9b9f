"""Stock on hand and its log."""

from sqlmodel import col, select

from platform_app.domain.stock import rules, service
from platform_app.domain.stock.models import Stock, StockMovement
from platform_app.domain.stock.rules import Reason
from platform_app.domain.stock.schemas import Quantity
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_listing


def test_every_change_is_logged_and_adds_up(session: WriteSession) -> None:
    listing = make_listing(session)
    variant = listing.variants[0].id
    for count in (5, 9, 2, 2, None, 4):
        quantity = Quantity(variant_id=variant, on_hand=count)
        service.set_on_hand(session, shop_id=listing.shop_id, quantities=[quantity], reason=Reason.EDIT, now=NOW)
    changes = session.exec(
        select(StockMovement.change).where(StockMovement.variant_id == variant).order_by(col(StockMovement.id))
    )
    assert list(changes) == [5, 4, -7, -2, 4]
    stock = session.get_one(Stock, (listing.shop_id, variant))
    assert (stock.on_hand, stock.tracked) == (4, True)


def test_unlimited_stock_never_runs_out() -> None:
    assert rules.available(tracked=False, on_hand=0, reserved=0) is None
    assert rules.available(tracked=True, on_hand=5, reserved=2) == 3
    assert rules.available(tracked=True, on_hand=1, reserved=4) == 0
