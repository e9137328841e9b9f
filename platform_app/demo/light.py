"""Light on a picture: cast and contact shadows from a product's own silhouette, window light, and grain."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from platform_app.demo.kit import Stance

Box = tuple[int, int, int, int]
# The base's x, y and half width in pixels, and how deep it looks for its width.
Foot = tuple[float, float, float, float]
SMALL = 4
SHADOW = (46, 36, 32)
WINDOWS = 4


def shade_form(product: Image.Image, strength: float) -> None:
    """Darken the side of a form that faces away from the light, in place."""
    alpha = product.getchannel("A")
    small = alpha.reduce(SMALL)
    lit = ImageChops.offset(small, -max(3, small.width // 22), -max(3, small.width // 18))
    away = ImageChops.subtract(small, lit.filter(ImageFilter.BoxBlur(max(3, small.width // 16))))
    mask = away.point([round(v * strength) for v in range(256)]).resize(product.size, Image.Resampling.BILINEAR)
    colours = product.convert("RGB")
    colours.paste(SHADOW, (0, 0), mask)
    colours.putalpha(alpha)
    product.paste(colours)


def cast(picture: Image.Image, alpha: Image.Image, place: Box, stance: Stance, foot: Foot, *, unit: float) -> None:
    """Lay a product's shadow on the set; `unit` is the pixels a drawing unit takes."""
    width, height = picture.width // SMALL, picture.height // SMALL
    small = Image.new("L", (width, height))
    left, top, right, bottom = (round(edge / SMALL) for edge in place)
    small.paste(alpha.resize((max(1, right - left), max(1, bottom - top)), Image.Resampling.BOX), (left, top))
    if stance is Stance.LAY:
        mask = _dropped(small, ((2, 3, 2, 0.34), (6, 8, 7, 0.26)), unit)
    elif stance is Stance.HANG:
        mask = _dropped(small, ((4, 5, 4, 0.26), (12, 14, 11, 0.22)), unit)
    else:
        mask = _standing(small, foot, unit, legs=stance is Stance.FLOOR)
    picture.paste(SHADOW, (0, 0), mask.resize(picture.size, Image.Resampling.BICUBIC))


def _dropped(small: Image.Image, layers: tuple[tuple[float, float, float, float], ...], unit: float) -> Image.Image:
    mask = Image.new("L", small.size)
    for dx, dy, blur, strength in layers:
        moved = Image.new("L", small.size)
        moved.paste(small, (round(dx * unit), round(dy * unit)))
        soft = moved.filter(ImageFilter.BoxBlur(blur * unit)).filter(ImageFilter.BoxBlur(blur * unit))
        mask = ImageChops.add(mask, soft.point([round(v * strength) for v in range(256)]))
    return mask


def _standing(small: Image.Image, foot: Foot, unit: float, *, legs: bool) -> Image.Image:
    """A shadow that runs away to the right, fading, and a dark line where the product touches."""
    x, y, half = (value / SMALL for value in foot[:3])
    deep = half * foot[3]
    rise, run = 0.2, 0.62
    # Each output pixel (u, v) looks up the silhouette at height (y - v) / rise, shifted back along the run.
    back = (1, run / rise, -y * run / rise, 0, 1 / rise, y - y / rise)
    thrown = small.transform(small.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
    thrown = ImageChops.multiply(thrown, _fade(small.size, round(y), round(82 * unit)))
    thrown = thrown.filter(ImageFilter.BoxBlur(4.5 * unit)).filter(ImageFilter.BoxBlur(4.5 * unit))
    touch = Image.new("L", small.size)
    draw = ImageDraw.Draw(touch)
    draw.ellipse((x - half, y - deep - 2, x + half * 1.08, y + deep + 2), fill=44 if legs else 150)
    for side in (-1, 1) if legs else ():
        middle = x + side * half * 0.92
        draw.ellipse((middle - 4 * unit, y - 2 * unit, middle + 6 * unit, y + 2 * unit), fill=190)
    wide = touch.filter(ImageFilter.BoxBlur(7 * unit)).filter(ImageFilter.BoxBlur(5 * unit))
    near = touch.filter(ImageFilter.BoxBlur(1.6 * unit))
    return ImageChops.add(
        ImageChops.lighter(thrown, near.point([round(v * 0.72) for v in range(256)])),
        wide.point([round(v * 0.42) for v in range(256)]),
    )


@lru_cache(maxsize=64)
def _fade(size: tuple[int, int], base: int, reach: int) -> Image.Image:
    column = Image.new("L", (1, size[1]))
    for row in range(size[1]):
        share = max(0.0, 1 - max(0, base - row) / reach)
        column.putpixel((0, row), round(120 * share**0.9))
    return column.resize(size)


@lru_cache(maxsize=WINDOWS * 2)
def window(variant: int, width: int) -> Image.Image:
    """The shade around a window's light, or between leaves, as a mask."""
    small = Image.new("L", (200, 250), 255)
    draw = ImageDraw.Draw(small)
    if variant % 2 == 0:
        _panes(draw, lean=46 if variant == 0 else 70)
    else:
        small.paste(20, (0, 0, 200, 250))
        _leaves(draw, Random(variant))
    soft = small.filter(ImageFilter.GaussianBlur(3.2 if variant % 2 == 0 else 2.6))
    strength = 0.3 if variant % 2 == 0 else 0.26
    faded = soft.point([round(v * strength) for v in range(256)])
    return faded.resize((width, width * 5 // 4), Image.Resampling.BICUBIC)


def _panes(draw: ImageDraw.ImageDraw, *, lean: int) -> None:
    for column in range(2):
        for row in range(3):
            x, y = 26 + column * 84, -30 + row * 92 + column * 18
            draw.polygon(
                [(x, y + lean // 3), (x + 76, y), (x + 76 + lean // 5, y + 82), (x + lean // 5, y + 82 + lean // 3)],
                fill=0,
            )


def _leaves(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    """Three arching fronds that hang in from the upper right."""
    for stem in range(3):
        x, y = 206.0 - stem * 62, -24.0 + stem * 4
        for step in range(15):
            x, y = x - 3.5 - step * 0.55 - stem, y + 13 - step * 0.28
            length = 62 * (1 - abs(step - 5) / 13)
            for side in (-1, 1):
                tip = (x + side * length * 0.8 - 12, y + length * (0.8 if side > 0 else 0.5) + rng.uniform(-3, 3))
                near, far = (
                    (x * share + tip[0] * (1 - share), y * share + tip[1] * (1 - share)) for share in (0.7, 0.35)
                )
                wide = 3.2
                draw.polygon(
                    [
                        (x, y),
                        (near[0] - wide, near[1] - wide),
                        (far[0] - wide, far[1] - wide),
                        tip,
                        (far[0] + wide, far[1] + wide),
                        (near[0] + wide, near[1] + wide),
                    ],
                    fill=255,
                )
            draw.ellipse((x - 1.5, y - 1.5, x + 1.5, y + 1.5), fill=255)


@lru_cache(maxsize=4)
def grain(size: tuple[int, int]) -> Image.Image:
    """Film grain around mid grey, the same for every picture of a size."""
    rng = Random(7)
    tile = Image.frombytes("L", (256, 256), bytes(round(min(255, max(0, rng.gauss(128, 26)))) for _ in range(65536)))
    sheet = Image.new("L", size)
    for x in range(0, size[0], 256):
        for y in range(0, size[1], 256):
            sheet.paste(tile, (x, y))
    return Image.merge("RGB", (sheet, sheet, sheet))
