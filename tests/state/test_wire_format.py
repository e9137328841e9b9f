"""A socket receives what Reflex itself would send."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from reflex.istate.data import HeaderData
from reflex.state import StateUpdate
from reflex_base.utils.format import json_dumps

from platform_app.presenters.search import CardView
from state.activity_presenters import BarSeriesView, ChartView
from state.core.wire_format import dumps

CARD = CardView(id="a", title='Möbel "\\ \u2028 </script> 陶器 🏺', price="€ 12.50", sold_out=True)


@pytest.mark.parametrize(
    "value",
    [
        ["event", StateUpdate(delta={"state.search": {"cards_rx_state_": [CARD, CARD], "total": None, "n": 1.5}})],
        ChartView(range_key="x", views=BarSeriesView(scale_max=5), days=[("1 Sep", 1234, 5)]),
        {"at": datetime(2026, 11, 25, tzinfo=UTC), "id": UUID(int=7), "some": (1, {2})},
        {"many": 2**70, 7: "a key that is no string"},
    ],
    ids=["update", "views in views", "what Reflex serialises", "what is no plain JSON"],
)
def test_values_are_serialised_as_reflex_serialises_them(value: Any) -> None:
    assert json.loads(dumps(value, separators=(",", ":"))) == json.loads(json_dumps(value))
    assert " " not in dumps(StateUpdate(), separators=(",", ":"))


def test_fields_that_reflex_omits_are_omitted() -> None:
    headers = HeaderData.from_router_data({"headers": {"cookie": "plaza_session=secret", "user-agent": "Firefox"}})
    assert "Firefox" in dumps({"headers": headers})
    assert "secret" not in dumps({"headers": headers})
