"""Turning what somebody uploaded or linked to into pictures that are safe and small to show."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageOps, UnidentifiedImageError

QUALITY = 80
TALLEST = 16383  # pixels: the limit of WebP
EFFORT = 2  # a third of the time of 3, for files a twentieth larger
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP")


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


def open_safely(original: bytes, *, max_pixels: int) -> Image.Image:
    """Decode a picture, upright and in RGB; NotAPicture for anything else, broken or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(original), formats=FORMATS)
            if picture.width * picture.height > max_pixels:
                raise NotAPicture(f"has {picture.width} x {picture.height} pixels, which is too large")
            picture.load()
            return _flat(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError:
        raise NotAPicture("is not a picture in a format we show (JPEG, PNG, WebP, AVIF, GIF)") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise NotAPicture(f"is damaged: {error}") from None


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


def _flat(picture: Image.Image) -> Image.Image:
    """RGB on white: transparency has no meaning on a card."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        ground = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(ground, over).convert("RGB")
    return picture.convert("RGB")


def _height(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _webp(picture: Image.Image, width: int) -> bytes:
    size = (width, _height(picture, width))
    sized = picture if width == picture.width else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    sized.save(out, "WEBP", quality=QUALITY, method=EFFORT)
    return out.getvalue()
