"""Turning what somebody uploaded or linked to into pictures that are safe and small to show."""

import io
import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import puremagic
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from PIL.Image import Transpose

QUALITY = 80
TALLEST = 16383  # pixels: the limit of WebP
EFFORT = 2  # a third of the time of 3, for files a twentieth larger
HEAD = 4096  # bytes that tell what a file is
DECODERS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/x-ms-bmp": "BMP",
}
TURNS = {  # what brings a picture of each EXIF orientation upright
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)


class NotAPicture(Exception):
    """The bytes are no picture that can be shown; the message says why."""


@dataclass(frozen=True)
class Made:
    """A picture in several widths, without metadata; `content` is the SHA-256 of the original."""

    content: str
    width: int
    height: int
    colour: str
    sizes: dict[int, bytes]


def open_safely(original: bytes, *, max_pixels: int, widest: int) -> Image.Image:
    """Decode a picture: upright, in sRGB on white, at most so wide, nothing else with it; NotAPicture says why not.

    What the bytes are is found out from the bytes, so that one decoder reads them at most, and only what its head
    says is small enough.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(original), formats=_decoders(original)) as picture:
                if picture.width * picture.height > max_pixels:
                    raise NotAPicture(f"has {picture.width} x {picture.height} pixels, which is too large")
                return _shown(picture, widest=widest)
    except UnidentifiedImageError:
        raise NotAPicture("is not a picture in a format we show (JPEG, PNG, WebP, AVIF, GIF)") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error) as error:
        raise NotAPicture(f"is damaged: {error}") from None


def cut(picture: Image.Image, *, across: int, down: int, at_least: int) -> Image.Image:
    """The middle of a picture, in these proportions; NotAPicture when it is narrower than it has to be."""
    width = min(picture.width, picture.height * across // down)
    if width < at_least:
        size = f"{picture.width} x {picture.height}"
        raise NotAPicture(f"is too small ({size} pixels): {at_least} x {at_least * down // across} are needed at least")
    height = width * down // across
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def make(picture: Image.Image, *, content: str, widths: Sequence[int]) -> Made:
    """The picture as WebP in each of the widths; NotAPicture when one of them would be too tall for that."""
    if any(_height(picture, width) > TALLEST for width in widths):
        raise NotAPicture(f"is too tall to be shown ({picture.width} x {picture.height} pixels)")
    sizes = {width: _webp(picture, width) for width in widths}
    red, green, blue = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return Made(content, picture.width, picture.height, f"#{red:02x}{green:02x}{blue:02x}", sizes)


def content_of(original: bytes) -> str:
    """The name of these very bytes."""
    return sha256(original).hexdigest()


def _decoders(original: bytes) -> list[str]:
    """Which decoders may look at these bytes, by how they begin; whatever they were declared to be."""
    try:
        found = puremagic.magic_string(original[:HEAD])
    except (puremagic.PureError, ValueError):
        found = []
    names = sorted({DECODERS[one.mime_type] for one in found if one.mime_type in DECODERS})
    if not names:
        raise UnidentifiedImageError
    return names


def _shown(picture: Image.Image, *, widest: int) -> Image.Image:
    """Shrink first, so that turning and colours cost little memory, however large the picture is."""
    # A JPEG is decoded at a half, a quarter or an eighth, whatever is still enough; others have no such way.
    picture.draft(None, _within(picture, widest=widest))
    picture.load()
    size, orientation = _within(picture, widest=widest), _orientation(picture)  # a TIFF is upright only now
    plain = _plain(picture)
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if orientation in TURNS:
        plain = plain.transpose(TURNS[orientation])
    shown = _in_srgb(_on_white(plain), picture.info.get("icc_profile"))
    shown.info.clear()  # or WebP would carry on what it knows
    return shown


def _orientation(picture: Image.Image) -> int:
    found = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return found if isinstance(found, int) else 1


def _within(picture: Image.Image, *, widest: int) -> tuple[int, int]:
    """The size of a picture, not turned yet, that is at most `widest` wide once it is upright."""
    width, height = picture.size
    part = min(1.0, widest / (height if _orientation(picture) in SIDEWAYS else width))
    return max(1, round(width * part)), max(1, round(height * part))


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be sized without loss: grey, RGB or CMYK, with its transparency."""
    if picture.mode.startswith("I;16"):  # 16 bits of grey: converted as they are, all but the darkest would be white
        return picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode in ("LA", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "RGBA", "CMYK") else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which has no meaning on a card."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as browsers take them to be without a profile; one that cannot be used is left aside."""
    if profile:
        try:
            meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            done = ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            done = None
        if done is not None:
            return done
    return picture.convert("RGB")


def _height(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _webp(picture: Image.Image, width: int) -> bytes:
    size = (width, _height(picture, width))
    sized = picture if width == picture.width else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    sized.save(out, "WEBP", quality=QUALITY, method=EFFORT)
    return out.getvalue()
