"""Sample files, valid and invalid, made with Pillow."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base

CAMERA = "a camera that should not be named"
LOCATION = "a place nobody should know"
ROTATED = 6  # EXIF: the camera was held upright
COLOURS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SCRIPT = b"<html><script>steal()</script></html>"


def photo(width: int = 1200, height: int = 900, *, orientation: int = 1, seed: int = 0) -> bytes:
    """A JPEG as a phone makes it, with camera, location and colour profile; red above and blue below.

    The pictures of two seeds differ, for seeds below 256: in a square that is large enough to survive the encoding.
    """
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width, height // 2))
    if seed:
        left, top = width // 2 // 16 * 16, height // 2 // 16 * 16
        picture.paste((53 * seed % 256, 101 * seed % 256, 197 * seed % 256), (left, top, left + 16, top + 16))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Make] = CAMERA
    exif.get_ifd(IFD.GPSInfo).update(
        {GPS.GPSLatitude: (52.0, 30.0, 59.0), GPS.GPSLatitudeRef: "N", GPS.GPSAreaInformation: LOCATION}
    )
    described = f"<x:xmpmeta>{LOCATION}</x:xmpmeta>".encode()
    return saved(picture, "JPEG", exif=exif, icc_profile=COLOURS, xmp=described, comment=LOCATION.encode())


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The file of a picture."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def transparent_png() -> bytes:
    """Nothing on the left, green on the right."""
    picture = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    picture.paste((0, 128, 0, 255), (30, 0, 60, 40))
    return saved(picture, "PNG")


def animated_gif() -> bytes:
    """Red first, then blue."""
    frames = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def cmyk_jpeg() -> bytes:
    """A CMYK file as printers send them: cyan."""
    return saved(Image.new("CMYK", (60, 40), (255, 0, 0, 0)), "JPEG")


def deep_png() -> bytes:
    """Sixteen bits per pixel, medium grey."""
    return saved(Image.new("I;16", (60, 40), 32768), "PNG")


def jpeg_and_zip() -> bytes:
    """A valid JPEG that an unpacker takes for an archive."""
    out = io.BytesIO(photo(80, 60))
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("payload.html", SCRIPT)
    return out.getvalue()


def jpeg_and_html() -> bytes:
    """A valid JPEG that a careless browser takes for a page."""
    return saved(Image.new("RGB", (80, 60), "red"), "JPEG", comment=SCRIPT) + SCRIPT


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    body = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)
