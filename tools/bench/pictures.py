"""The memory and processor time of processing large photos, and a comparison of WebP with AVIF."""

import io
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

from platform_app.cli.running import DataOption, use_data_directory
from platform_app.domain.media import rules
from platform_app.infra import pictures
from tools.bench import report
from tools.bench.report import Measurement

Result = TypeVar("Result")
PHOTO = (4000, 3000)
MAX_SIZE = (8900, 6700)  # close to the maximum number of pixels
ENCODINGS: dict[str, tuple[str, dict[str, int]]] = {
    "WebP, as stored": ("WEBP", {"quality": pictures.WEBP_QUALITY, "method": pictures.WEBP_METHOD}),
    "AVIF, quality 55, speed 8": ("AVIF", {"quality": 55, "speed": 8, "max_threads": 1}),
    "AVIF, quality 62, speed 6": ("AVIF", {"quality": 62, "speed": 6, "max_threads": 1}),
}
LARGE_PHOTOS = {
    "12 megapixels, JPEG": (0, PHOTO, "JPEG"),
    "12 megapixels, PNG": (0, PHOTO, "PNG"),
    "60 megapixels, JPEG": (0, MAX_SIZE, "JPEG"),
    "60 megapixels, PNG": (0, MAX_SIZE, "PNG"),
}


class ProcessingResult(BaseModel):
    """The cost of processing one photo to all its sizes, in a process of its own."""

    model_config = ConfigDict(frozen=True)

    photo: str
    cpu_ms: float
    peak_mb: float
    above_idle_mb: float


class EncodingResult(BaseModel):
    """One way to encode one size: the mean of all photos."""

    model_config = ConfigDict(frozen=True)

    way: str
    width: int
    bytes: int
    cpu_ms: float
    psnr_db: float


class PictureResults(BaseModel):
    """All figures of a run."""

    model_config = ConfigDict(frozen=True)

    making: tuple[ProcessingResult, ...]
    encoding: tuple[EncodingResult, ...]


def measure(
    photos: Annotated[int, typer.Option(min=1, max=50, help="The number of photos to encode.")] = 3,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Process generated photos with noise, blur and edges: memory, time, and the possible savings of AVIF."""
    use_data_directory(data)
    start = report.begin(record=record)
    with TemporaryDirectory() as folder:
        processing = [
            _run_in_process(_measure_processing, name, _run_in_process(_write_photo, Path(folder), *arguments))
            for name, arguments in LARGE_PHOTOS.items()
        ]
        paths = [_run_in_process(_write_photo, Path(folder), seed, PHOTO, "JPEG") for seed in range(photos)]
        images = [Image.open(path).convert("RGB") for path in paths]
    encoding = [_measure_encoding(way, width, images) for width in rules.WIDTHS for way in ENCODINGS]
    results = PictureResults(making=tuple(processing), encoding=tuple(encoding))
    report.finish(
        start,
        results,
        _measurements(results),
        print_table=lambda: _print_tables(results, photos=photos),
        as_json=as_json,
    )


def generate_photo(seed: int, size: tuple[int, int], kind: str) -> bytes:
    """A file like a camera's: shading at every scale, partly out of focus, with grain."""
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


def _write_photo(folder: Path, seed: int, size: tuple[int, int], kind: str) -> Path:
    path = folder / f"{seed}-{size[0]}.{kind.lower()}"
    path.write_bytes(generate_photo(seed, size, kind))
    return path


def _measure_processing(name: str, path: Path) -> ProcessingResult:
    Image.init()
    idle, started = _peak_memory(), time.process_time()
    original = path.read_bytes()
    picture = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, max_width=rules.WIDTHS[-1])
    pictures.render(picture, content=pictures.content_hash(original), widths=rules.widths(picture.width))
    seconds, peak = time.process_time() - started, _peak_memory()
    return ProcessingResult(
        photo=name,
        cpu_ms=round(seconds * 1000),
        peak_mb=round(peak / 2**20, 1),
        above_idle_mb=round((peak - idle) / 2**20, 1),
    )


def _measure_encoding(name: str, width: int, photos: Iterable[Image.Image]) -> EncodingResult:
    kind, options = ENCODINGS[name]
    sizes, times, psnrs = list[int](), list[float](), list[float]()
    for photo in photos:
        small = photo.resize((width, photo.height * width // photo.width), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        started = time.process_time()
        small.save(out, kind, **options)
        times.append(time.process_time() - started)
        sizes.append(len(out.getvalue()))
        psnrs.append(_psnr(small, Image.open(out).convert("RGB")))
    return EncodingResult(
        way=name,
        width=width,
        bytes=round(sum(sizes) / len(sizes)),
        cpu_ms=round(sum(times) / len(times) * 1000, 1),
        psnr_db=round(sum(psnrs) / len(psnrs), 2),
    )


def _psnr(image: Image.Image, reference: Image.Image) -> float:
    squares = ImageStat.Stat(ImageChops.difference(image, reference)).sum2
    return 10 * math.log10(255**2 / (sum(squares) / (3 * image.width * image.height)))


def _run_in_process(function: Callable[..., Result], *arguments: object) -> Result:
    """The result of a function in a new process, whose memory no other picture has used."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def _peak_memory() -> int:
    """Bytes, from Linux's figure for this process alone; `getrusage` starts with the parent's."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


def _measurements(results: PictureResults) -> list[Measurement]:
    large_photos = zip(("jpeg_12", "png_12", "jpeg_60", "png_60"), results.making, strict=True)
    return [
        *(
            Measurement(
                key=f"pictures.{name}",
                text=f"{each.cpu_ms:,.0f} ms, {each.peak_mb:,.0f} MB, {each.above_idle_mb:,.0f} MB",
            )
            for name, each in large_photos
        ),
        *(
            Measurement(key=f"pictures.{name}", text=_encoding_text(results, encoding))
            for name, encoding in zip(("webp", "avif"), ENCODINGS, strict=False)
        ),
    ]


def _encoding_text(results: PictureResults, encoding: str) -> str:
    found = [each for each in results.encoding if each.way == encoding]
    sizes = " / ".join(f"{each.bytes / 1000:,.1f}" for each in found)
    times = " / ".join(f"{each.cpu_ms:,.0f}" for each in found)
    psnrs = " / ".join(f"{each.psnr_db:,.1f}" for each in found)
    return f"{sizes} kB, {times} ms, {psnrs} dB"


def _print_tables(results: PictureResults, *, photos: int) -> None:
    _print_table("Processed", results.making)
    _print_table(f"Encoded, mean of {photos} photos", results.encoding)


def _print_table(title: str, rows: Iterable[BaseModel]) -> None:
    table = Table(title=title)
    for number, row in enumerate(rows):
        if number == 0:
            for name in type(row).model_fields:
                table.add_column(name, justify="left" if name in ("photo", "way") else "right")
        table.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in dict(row).values()))
    Console().print(table)
