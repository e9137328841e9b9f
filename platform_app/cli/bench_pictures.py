"""What making a picture takes: memory and processor time of a large photo, and WebP beside AVIF."""

import io
import json
import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

import typer
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from platform_app.domain.media import rules
from platform_app.infra import pictures

Result = TypeVar("Result")
PHOTO = (4000, 3000)
LARGEST = (8900, 6700)  # nearly as many pixels as are let in
WAYS: dict[str, tuple[str, dict[str, int]]] = {
    "WebP, as it is made": ("WEBP", {"quality": pictures.QUALITY, "method": pictures.EFFORT}),
    "AVIF, quality 55, speed 8": ("AVIF", {"quality": 55, "speed": 8, "max_threads": 1}),
    "AVIF, quality 62, speed 6": ("AVIF", {"quality": 62, "speed": 6, "max_threads": 1}),
}
LARGE = {
    "12 megapixels, JPEG": (0, PHOTO, "JPEG"),
    "12 megapixels, PNG": (0, PHOTO, "PNG"),
    "60 megapixels, JPEG": (0, LARGEST, "JPEG"),
    "60 megapixels, PNG": (0, LARGEST, "PNG"),
}


class Making(BaseModel):
    """What a photo took, from its bytes to all its sizes, in a process of its own."""

    model_config = ConfigDict(frozen=True)

    photo: str
    cpu_ms: float
    peak_mb: float
    above_idle_mb: float


class Encoding(BaseModel):
    """One way to store one size: the mean of all photos."""

    model_config = ConfigDict(frozen=True)

    way: str
    width: int
    bytes: int
    cpu_ms: float
    psnr_db: float


class PictureFigures(BaseModel):
    """All figures of a run."""

    model_config = ConfigDict(frozen=True)

    making: tuple[Making, ...]
    encoding: tuple[Encoding, ...]


def measure(
    photos: Annotated[int, typer.Option(min=1, max=50, help="How many photos are encoded.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Make photos of noise, blur and edges into pictures: memory, time, and what AVIF would save."""
    with TemporaryDirectory() as folder:
        making = [_apart(_made, name, _apart(_written, Path(folder), *what)) for name, what in LARGE.items()]
        paths = [_apart(_written, Path(folder), seed, PHOTO, "JPEG") for seed in range(photos)]
        shown = [Image.open(path).convert("RGB") for path in paths]
    encoding = [_encoded(way, width, shown) for width in rules.WIDTHS for way in WAYS]
    figures = PictureFigures(making=tuple(making), encoding=tuple(encoding))
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print("Made into a picture", figures.making)
        _print(f"Encoded, mean of {photos} photos", figures.encoding)


def photo(seed: int, size: tuple[int, int], kind: str) -> bytes:
    """A file like a camera's: shades at every scale, some of it out of focus, and grain over all."""
    shades = Image.new("L", PHOTO, 128)
    for octave in range(11):
        small = (4 * 2**octave // 2 + 2, 3 * 2**octave // 2 + 2)
        noise = Image.effect_noise(small, 90 / (octave + 1) ** 0.9).resize(PHOTO, Image.Resampling.BICUBIC)
        shades = ImageChops.add(shades, noise, 1, -128)
    blurred = shades.filter(ImageFilter.GaussianBlur(12))
    focus = (
        Image.linear_gradient("L").rotate(90 * seed).resize(PHOTO).point(lambda level: 255 if level > 150 else level)
    )
    tints = [(20 + 17 * seed % 60, 30, 40), (130, 100 + 31 * seed % 60, 80), (240, 230, 200 - 23 * seed % 80)]
    coloured = ImageOps.colorize(Image.composite(shades, blurred, focus), tints[0], tints[2], mid=tints[1])
    grain = Image.merge("RGB", [Image.effect_noise(PHOTO, 8) for _ in range(3)])
    out = io.BytesIO()
    options = {"compress_level": 1} if kind == "PNG" else {"quality": 92}
    grained = ImageChops.add(coloured, grain, 1, -128).filter(ImageFilter.GaussianBlur(0.7))
    grained.resize(size, Image.Resampling.BILINEAR).save(out, kind, **options)
    return out.getvalue()


def _written(folder: Path, seed: int, size: tuple[int, int], kind: str) -> Path:
    path = folder / f"{seed}-{size[0]}.{kind.lower()}"
    path.write_bytes(photo(seed, size, kind))
    return path


def _made(name: str, path: Path) -> Making:
    Image.init()
    idle, started = _peak(), time.process_time()
    original = path.read_bytes()
    picture = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, widest=rules.WIDTHS[-1])
    pictures.make(picture, content=pictures.content_of(original), widths=rules.widths(picture.width))
    took, peak = time.process_time() - started, _peak()
    return Making(
        photo=name,
        cpu_ms=round(took * 1000),
        peak_mb=round(peak / 2**20, 1),
        above_idle_mb=round((peak - idle) / 2**20, 1),
    )


def _encoded(way: str, width: int, photos: Iterable[Image.Image]) -> Encoding:
    kind, options = WAYS[way]
    sizes, times, likeness = list[int](), list[float](), list[float]()
    for one in photos:
        small = one.resize((width, one.height * width // one.width), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        started = time.process_time()
        small.save(out, kind, **options)
        times.append(time.process_time() - started)
        sizes.append(len(out.getvalue()))
        likeness.append(_psnr(small, Image.open(out).convert("RGB")))
    return Encoding(
        way=way,
        width=width,
        bytes=round(sum(sizes) / len(sizes)),
        cpu_ms=round(sum(times) / len(times) * 1000, 1),
        psnr_db=round(sum(likeness) / len(likeness), 2),
    )


def _psnr(one: Image.Image, other: Image.Image) -> float:
    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    return 10 * math.log10(255**2 / (sum(squares) / (3 * one.width * one.height)))


def _apart(ask: Callable[..., Result], *arguments: object) -> Result:
    """The answer of a process made for it, whose memory no other picture has touched."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(ask, *arguments).result()


def _peak() -> int:
    """Bytes, from where Linux counts this process alone: what `getrusage` says begins with the parent's."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


def _print(title: str, rows: Iterable[BaseModel]) -> None:
    table = Table(title=title)
    for number, row in enumerate(rows):
        if number == 0:
            for name in type(row).model_fields:
                table.add_column(name, justify="left" if name in ("photo", "way") else "right")
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in dict(row).values()))
    Console().print(table)
