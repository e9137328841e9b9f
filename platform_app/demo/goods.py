"""What the demo knows about each kind of product: where it belongs, what it costs and what can be said of it."""

from __future__ import annotations

from collections.abc import Mapping

from platform_app.demo import goods_bench, goods_cloth
from platform_app.demo.trade import Goods

GOODS: Mapping[str, Goods] = {**goods_cloth.GOODS, **goods_bench.GOODS}
