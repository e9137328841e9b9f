"""The demo's kinds of products: categories, prices, descriptions."""

from __future__ import annotations

from collections.abc import Mapping

from platform_app.demo import goods_bench, goods_cloth
from platform_app.demo.trade import Goods

GOODS: Mapping[str, Goods] = {**goods_cloth.GOODS, **goods_bench.GOODS}
