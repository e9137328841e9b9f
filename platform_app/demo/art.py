"""Pictures for the demo shops, drawn here so that no picture is anyone else's."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from random import Random

from PIL import Image, ImageOps
from resvg_py import svg_to_bytes

from platform_app.demo import (
    brand,
    light,
    shapes_carry,
    shapes_ceramics,
    shapes_devices,
    shapes_home,
    shapes_keepsakes,
    shapes_pantry,
    shapes_paper,
    shapes_textiles,
    shapes_wear,
    stage,
)
from platform_app.demo.kit import Kind, Stance
from platform_app.demo.palette import COLOURS, tones

COMPOSITIONS = 3
COVER_WIDTH = 1600
# Products are drawn at this share of the picture's density: it halves the time and reads as a camera's softness.
DENSITY = 0.66

KINDS: Mapping[str, Kind] = {
    **shapes_ceramics.KINDS,
    **shapes_textiles.KINDS,
    **shapes_wear.KINDS,
    **shapes_carry.KINDS,
    **shapes_paper.KINDS,
    **shapes_home.KINDS,
    **shapes_pantry.KINDS,
    **shapes_devices.KINDS,
    **shapes_keepsakes.KINDS,
}


def render(kind: str, colour: str, composition: int, *, seed: int = 0, width: int = 800) -> Image.Image:
    """A 4:5 product picture; the same arguments always give the same pixels."""
    drawn = KINDS[kind]
    rng = Random(f"{kind} {colour} {seed}")
    prop = rng.randrange(stage.PROPS)
    set_name = rng.choice(COLOURS[colour].backdrops)
    picture = stage.backdrop(set_name, composition, drawn.stance, prop if composition == 1 else 0, width)
    place = stage.spot(drawn, composition, rng)
    _stand(picture, drawn, colour, place, rng, unit=width / stage.WIDTH)
    if composition == 2:
        picture.paste(light.SHADOW, (0, 0), light.window(rng.randrange(light.WINDOWS), width))
    finished = Image.blend(picture, light.grain(picture.size), 0.045)
    return ImageOps.mirror(finished) if composition == 1 and rng.random() < 0.5 else finished


def shop_mark(slug: str, colour: str) -> Image.Image:
    """A shop's square emblem."""
    return stage.raster(brand.mark(slug, COLOURS[colour].hex), (0, 0, 400, 400), 400)


def shop_cover(
    slug: str, colour: str, kinds: tuple[str, ...], palette: tuple[str, ...], *, width: int = 1600
) -> Image.Image:
    """A 5:2 banner: up to five of a shop's products in a row on one table."""
    rng = Random(slug)
    unit = width / COVER_WIDTH
    standing = [kind for kind in kinds if KINDS[kind].stance in (Stance.STAND, Stance.FLOOR)]
    ground = brand.cover_set(COLOURS[colour].hex, table=bool(standing))
    picture = stage.raster(ground, (0, 0, COVER_WIDTH, 640), width)
    row = [(standing or list(kinds))[i % len(standing or kinds)] for i in range(5 if len(standing) > 2 else 3)]
    for place, kind in enumerate(row):
        drawn = KINDS[kind]
        left, top, right, bottom = drawn.box
        scale = min(420 / (bottom - top), COVER_WIDTH / len(row) * 0.88 / (right - left)) * rng.uniform(0.86, 1)
        x = COVER_WIDTH * (place + 0.5) / len(row) - (left + right) / 2 * scale
        level = 300 - (top + bottom) / 2 * scale if drawn.stance in (Stance.LAY, Stance.HANG) else 545 + place % 2 * 28
        own = [name for name in palette if name in drawn.colours] or list(drawn.colours)
        _stand(picture, drawn, own[place % len(own)], stage.Spot(x, level, scale), rng, unit=unit)
    return Image.blend(picture, light.grain(picture.size), 0.045)


def silhouette(kind: str, *, width: int) -> Image.Image:
    """A product's outline in its whole drawing box, as a mask."""
    drawn = KINDS[kind]
    left, top, right, bottom = drawn.box
    body = drawn.draw(tones(COLOURS[drawn.colours[0]].hex), Random(kind))
    return _product(body, drawn.box, (width, round(width * (bottom - top) / (right - left)))).getchannel("A")


def _stand(picture: Image.Image, kind: Kind, colour: str, place: stage.Spot, rng: Random, *, unit: float) -> None:
    """Draw a product with its shadow into a set."""
    view = _visible(kind, place, picture.width / unit, picture.height / unit)
    size = (round((view[2] - view[0]) * place.scale * unit), round((view[3] - view[1]) * place.scale * unit))
    product = _product(kind.draw(tones(COLOURS[colour].hex), rng), view, size)
    light.shade_form(product, kind.model)
    x, y = round((place.x + view[0] * place.scale) * unit), round((place.y + view[1] * place.scale) * unit)
    foot = (place.x * unit, place.y * unit, kind.foot * place.scale * unit, kind.depth)
    alpha = product.getchannel("A")
    light.cast(picture, alpha, (x, y, x + size[0], y + size[1]), kind.stance, foot, unit=unit)
    picture.paste(product, (x, y), alpha)


def _visible(kind: Kind, place: stage.Spot, width: float, height: float) -> tuple[float, float, float, float]:
    """The part of a drawing that falls on the canvas, in drawing units."""
    left, top, right, bottom = kind.box
    margin = 40
    return (
        max(left, (-place.x - margin) / place.scale),
        max(top, (-place.y - margin) / place.scale),
        min(right, (width + margin - place.x) / place.scale),
        min(bottom, (height + margin - place.y) / place.scale),
    )


def _product(body: str, view: tuple[float, float, float, float], size: tuple[int, int]) -> Image.Image:
    x, y, right, bottom = view
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:.1f} {y:.1f} {right - x:.1f} {bottom - y:.1f}">{body}</svg>'
    small = Image.open(BytesIO(svg_to_bytes(svg_string=svg, width=round(size[0] * DENSITY), skip_system_fonts=True)))
    # Colours are premultiplied while growing, so that edges do not pick up the transparent pixels' black.
    return small.convert("RGBa").resize(size, Image.Resampling.BICUBIC).convert("RGBA")
