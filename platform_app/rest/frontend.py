"""The compiled frontend where no CDN or nginx serves it: precompressed, hashed assets kept for good."""

import re
from functools import lru_cache
from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Scope

from platform_app.rest import policy
from platform_app.rest.html import readable_first

_HASHED = re.compile(r"-[\w-]{8}\.(?:js|css)$")
_MAIL = "dev/mail"  # in no build for production
_COMPRESSED = re.compile(r"\.(?:br|gz)$")


class Frontend(PrecompressedStaticFiles):
    """The build's files; anything unknown is the not-found page, with that status."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, html=True, encodings=("brotli", "gzip"))
        self.folder = directory

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, with how long a browser may keep it."""
        response = await super().get_response(path, scope)
        kept = response.status_code in (200, 304) and (_HASHED.search(path) or path.startswith("fonts/"))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        if isinstance(response, FileResponse) and response.media_type == "text/html":
            page = Path(_COMPRESSED.sub("", str(response.path)))
            text = _plain(page)
            letters = path.startswith(_MAIL)
            response.headers["Content-Security-Policy"] = policy.of_page(text, shows_letters=letters)
        return response

    def text(self, page: str) -> str:
        """A page of the build, to be filled in; read anew when another build is in its place."""
        path = self.folder / page
        return _read(path, self.folder, path.stat().st_mtime_ns)

    def bare(self, page: str, *, status: int, title: str = "") -> Response:
        """A page of the build as it is; `title` for one that was built without."""
        text = _plain(self.folder / page)
        named = text.replace("</head>", f"<title>{title}</title></head>", 1) if title else text
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy.of_page(text)}
        return HTMLResponse(named, status, headers=headers)


@lru_cache(maxsize=32)
def _read(path: Path, folder: Path, _modified: int) -> str:
    return readable_first(path.read_text(), folder)


def _plain(path: Path) -> str:
    return _unchanged(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _unchanged(path: Path, _modified: int) -> str:
    return path.read_text()
