"""The demo's pictures: files that ship with Plaza and are processed like any seller's."""

from functools import cache
from pathlib import Path

from platform_app.domain.media.rules import DEMO_SOURCE
from platform_app.domain.shops.rules import ShopImage
from platform_app.infra.fetch import FetchFailed

FOLDER = Path(__file__).parent / "pictures"
FACES = {ShopImage.LOGO: "logo", ShopImage.BANNER: "banner"}


def source(kind: str, colour: str, composition: int) -> str:
    """The source of a product's picture; the media worker reads it with `read`."""
    return DEMO_SOURCE + _name(kind, colour, str(composition))


def read(source: str) -> bytes:
    """The file of a source; FetchFailed if there is none."""
    name = source.removeprefix(DEMO_SOURCE)
    if name not in _shipped():
        raise FetchFailed("is not a picture of the demo", final=True)
    return (FOLDER / name).read_bytes()


def face(slug: str, face: ShopImage) -> bytes:
    """The file of a demo shop's logo or banner."""
    return (FOLDER / _name(slug, FACES[face])).read_bytes()


@cache
def _shipped() -> frozenset[str]:
    return frozenset(file.name for file in FOLDER.iterdir())


def _name(*parts: str) -> str:
    return "-".join(parts).lower().replace(" ", "-") + ".webp"
