"""The compiled frontend where no CDN or nginx serves it: precompressed, hashed assets kept for good."""

import re
from functools import lru_cache
from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from platform_app.rest.html import with_styles

_HASHED = re.compile(r"-[\w-]{8}\.(?:js|css)$")


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
        return response

    def text(self, page: str) -> str:
        """A page of the build, to be filled in; read anew when another build is in its place."""
        path = self.folder / page
        return _read(path, self.folder, path.stat().st_mtime_ns)

    def bare(self, page: str, *, status: int, title: str = "") -> Response:
        """A page of the build as it is; `title` for one that was built without."""
        text = self.text(page)
        named = text.replace("</head>", f"<title>{title}</title></head>", 1) if title else text
        return HTMLResponse(named, status, headers={"Cache-Control": "no-store"})


@lru_cache(maxsize=32)
def _read(path: Path, folder: Path, _modified: int) -> str:
    return with_styles(path.read_text(), folder)
