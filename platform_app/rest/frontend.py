"""The compiled frontend where no CDN or nginx serves it: precompressed, hashed assets kept for good."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.responses import Response
from starlette.types import Scope

_HASHED = re.compile(r"-[\w-]{8}\.(?:js|css)$")
_SHELL = "__spa-fallback.html"


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

    def shell(self, scope: Mapping[str, object], *, status: int) -> Response:
        """The page that React fills in for a route that is not prerendered."""
        path = self.folder / _SHELL
        response = self.file_response(path, os.stat(path), dict(scope), status_code=status)
        response.headers["Cache-Control"] = "no-cache"
        return response
