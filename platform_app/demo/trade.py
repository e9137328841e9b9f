"""The description of a kind of product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of product; prices are whole US dollars."""

    category: str
    family: str
    nouns: tuple[str, ...]
    materials: tuple[str, ...]
    low: int
    high: int
    measures: tuple[str, ...]
    facts: tuple[str, ...]
    sizes: tuple[str, ...] = ()
    size_name: str = "Size"
    size_step: int = 0
    worn: bool = False


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


def goods(
    category: str,
    family: str,
    nouns: str,
    materials: str,
    price: tuple[int, int],
    measures: str,
    facts: str,
    *,
    sizes: str = "",
    size_name: str = "Size",
    size_step: int = 0,
    worn: bool = False,
) -> Goods:
    return Goods(
        category,
        family,
        _split(nouns),
        _split(materials),
        *price,
        _split(measures),
        _split(facts),
        _split(sizes) if sizes else (),
        size_name,
        size_step,
        worn,
    )


WEAR_SIZES = "XS|S|M|L|XL"
