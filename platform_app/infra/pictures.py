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

WEBP_QUALITY = 80
MAX_HEIGHT = 16383  # pixels: the limit of WebP
WEBP_METHOD = 2  # a third of the time of 3, for files a twentieth larger
HEAD_BYTES = 4096  # bytes that tell what a file is
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
ORIENTATION_TRANSPOSES = {  # what brings a picture of each EXIF orientation upright
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS_ORIENTATIONS = (5, 6, 7, 8)


class NotAPicture(Exception):
    """The bytes are no picture that can be shown; the message says why."""


@dataclass(frozen=True)
class RenderedPicture:
    """A picture in several widths, without metadata; `content` is the SHA-256 of the original."""

    content: str
    width: int
    height: int
    colour: str
    sizes: dict[int, bytes]


def open_safely(original: bytes, *, max_pixels: int, max_width: int) -> Image.Image:
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
                return _normalize(picture, max_width=max_width)
    except UnidentifiedImageError:
        raise NotAPicture("is not a picture in a format we show (JPEG, PNG, WebP, AVIF, GIF)") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error) as error:
        raise NotAPicture(f"is damaged: {error}") from None


def crop(picture: Image.Image, *, ratio_width: int, ratio_height: int, min_width: int) -> Image.Image:
    """The middle of a picture, in these proportions; NotAPicture when it is narrower than it has to be."""
    width = min(picture.width, picture.height * ratio_width // ratio_height)
    if width < min_width:
        size = f"{picture.width} x {picture.height}"
        raise NotAPicture(
            f"is too small ({size} pixels): {min_width} x {min_width * ratio_height // ratio_width} are needed at least"
        )
    height = width * ratio_height // ratio_width
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def render(picture: Image.Image, *, content: str, widths: Sequence[int]) -> RenderedPicture:
    """The picture as WebP in each of the widths; NotAPicture when one of them would be too tall for that."""
    if any(_scaled_height(picture, width) > MAX_HEIGHT for width in widths):
        raise NotAPicture(f"is too tall to be shown ({picture.width} x {picture.height} pixels)")
    sizes = {width: _encode_webp(picture, width) for width in widths}
    red, green, blue = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return RenderedPicture(content, picture.width, picture.height, f"#{red:02x}{green:02x}{blue:02x}", sizes)


def content_hash(original: bytes) -> str:
    """The name of these very bytes."""
    return sha256(original).hexdigest()


def _decoders(original: bytes) -> list[str]:
    """Which decoders may look at these bytes, by how they begin; whatever they were declared to be."""
    try:
        matches = puremagic.magic_string(original[:HEAD_BYTES])
    except (puremagic.PureError, ValueError):
        matches = []
    names = sorted({DECODERS[match.mime_type] for match in matches if match.mime_type in DECODERS})
    if not names:
        raise UnidentifiedImageError
    return names


def _normalize(picture: Image.Image, *, max_width: int) -> Image.Image:
    """Shrink first, so that turning and colours cost little memory, however large the picture is."""
    # A JPEG is decoded at a half, a quarter or an eighth, whatever is still enough; others have no such way.
    picture.draft(None, _target_size(picture, max_width=max_width))
    picture.load()
    size, orientation = _target_size(picture, max_width=max_width), _orientation(picture)  # a TIFF is upright only now
    image = _to_resizable_mode(picture)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if orientation in ORIENTATION_TRANSPOSES:
        image = image.transpose(ORIENTATION_TRANSPOSES[orientation])
    normalized = _to_srgb(_flatten_on_white(image), picture.info.get("icc_profile"))
    normalized.info.clear()  # or WebP would carry on what it knows
    return normalized


def _orientation(picture: Image.Image) -> int:
    value = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) else 1


def _target_size(picture: Image.Image, *, max_width: int) -> tuple[int, int]:
    """The size of a picture, not turned yet, that is at most `max_width` wide once it is upright."""
    width, height = picture.size
    scale = min(1.0, max_width / (height if _orientation(picture) in SIDEWAYS_ORIENTATIONS else width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _to_resizable_mode(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be sized without loss: grey, RGB or CMYK, with its transparency."""
    if picture.mode.startswith("I;16"):  # 16 bits of grey: converted as they are, all but the darkest would be white
        return picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode in ("LA", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "RGBA", "CMYK") else picture.convert("RGB")


def _flatten_on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which has no meaning on a card."""
    if picture.mode != "RGBA":
        return picture
    background = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(background, picture).convert("RGB")


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as browsers take them to be without a profile; one that cannot be used is left aside."""
    if profile:
        try:
            source_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, source_profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _scaled_height(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _encode_webp(picture: Image.Image, width: int) -> bytes:
    size = (width, _scaled_height(picture, width))
    resized = picture if width == picture.width else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    resized.save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return out.getvalue()
