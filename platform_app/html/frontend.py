"""Serve the compiled frontend where neither a CDN nor nginx does: precompressed, hashed assets cached for good."""

import re
from functools import lru_cache
from html import escape
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Scope

from platform_app.html.shell import prepare_for_first_paint
from platform_app.rest import csp
from state.core.static_files import BuildFiles

_IMMUTABLE_NAME = re.compile(r"-[\w-]{8}\.(?:js|css)$")
_MAIL_PREVIEW_PATH = "dev/mail"  # not part of production builds
_COMPRESSED_SUFFIX = re.compile(r"\.(?:br|gz)$")


class Frontend(BuildFiles):
    """The build's files; for any other path, the not-found page with status 404."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.folder = directory

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, with its caching header."""
        response = await super().get_response(path, scope)
        is_immutable = response.status_code in (200, 304) and (
            _IMMUTABLE_NAME.search(path) or path.startswith("fonts/")
        )
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_immutable else "no-cache"
        if isinstance(response, FileResponse) and response.media_type == "text/html":
            page = Path(_COMPRESSED_SUFFIX.sub("", str(response.path)))
            text = _source(page)
            is_mail_preview = path.startswith(_MAIL_PREVIEW_PATH)
            response.headers["Content-Security-Policy"] = csp.page_policy(text, allow_inline_styles=is_mail_preview)
        return response

    def shell(self, page: str) -> str:
        """A page of the build, to be filled in; read again after a new build."""
        path = self.folder / page
        return _prepared_shell(path, self.folder, path.stat().st_mtime_ns)

    def page_response(self, page: str, *, status: int, title: str = "") -> Response:
        """A page of the build without further content; `title` replaces a missing one."""
        text = _source(self.folder / page)
        titled = text.replace("</head>", f"<title>{escape(title)}</title></head>", 1) if title else text
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": csp.page_policy(text)}
        return HTMLResponse(titled, status, headers=headers)


@lru_cache(maxsize=32)
def _prepared_shell(path: Path, folder: Path, _modified: int) -> str:
    return prepare_for_first_paint(path.read_text(), folder)


def _source(path: Path) -> str:
    return _cached_source(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _cached_source(path: Path, _modified: int) -> str:
    return path.read_text()
