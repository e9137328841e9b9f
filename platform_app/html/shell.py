"""Fill in the page's shell for readers without JavaScript: title, previews, structured data, content."""

import gzip
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from platform_app.infra.settings import settings
from platform_app.rest import csp
from platform_app.rest.media.pictures import picture_url

TEMPLATES = Path(__file__).parent / "templates"
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_BODY = re.compile(r"<body[^>]*>")
_PAGE_META = re.compile(r'<meta (?=[^>]*(?:name="description"|property="og:))[^>]*>')
_PRELOADED_SCRIPTS = re.compile(r'<link rel="modulepreload" href="(/assets/[\w.-]+\.js)"/?>')
_PRELOADED_STYLES = re.compile(r'<link as="style" href="[^"]*" rel="preload"/?>')
_SCRIPT = '<script type="module" async="">'
_STYLES = re.compile(r'<link href="(/assets/[\w.-]+\.css)" rel="stylesheet"[^>]*>')
# Browsers always revalidate. Shared caches of ours keep a page for two seconds, serve it for ten more while they
# refresh it, and for ten minutes while the app does not answer.
_CACHE_CONTROL = "public, max-age=0, must-revalidate, s-maxage=2, stale-while-revalidate=10, stale-if-error=600"
JsonLd = Mapping[str, object]


@dataclass(frozen=True)
class PageMetadata:
    """The metadata of a page; `path` is its canonical path."""

    title: str
    description: str
    path: str
    template: str
    values: Mapping[str, object]
    image: str = ""
    kind: str = "website"
    data: Sequence[JsonLd] = field(default=())
    is_indexed: bool = True
    status: int = 200


def prepare_for_first_paint(shell: str, folder: Path) -> str:
    """The shell with inlined styles, so that it can be painted at once, and with scripts that load afterwards.

    The links to the styles stay, since React adds missing ones; in this form no browser fetches them twice.
    """
    preloaded = html.escape(json.dumps(_PRELOADED_SCRIPTS.findall(shell)))
    without_preloads = _PRELOADED_STYLES.sub(_disable_preload, _PRELOADED_SCRIPTS.sub("", shell))
    deferred_script = f'<script type="text/plain" id="scripts-after-paint" data-preload="{preloaded}">'
    return _STYLES.sub(
        lambda link: _inline_stylesheet(link, folder), without_preloads.replace(_SCRIPT, deferred_script)
    )


def respond(shell: str, metadata: PageMetadata, request: Request) -> Response:
    """The filled-in shell, or 304 if the browser has this version."""
    body = render_page(shell, metadata)
    etag = f'"{blake2b(body.encode(), digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _CACHE_CONTROL,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": csp.page_policy(shell, _after_paint_script()),
    }
    if request.headers.get("if-none-match") == etag and metadata.status == 200:
        return Response(status_code=304, headers=headers)
    payload = body.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        payload, headers["Content-Encoding"] = gzip.compress(payload, compresslevel=5, mtime=0), "gzip"
    return Response(payload, status_code=metadata.status, media_type="text/html", headers=headers)


def render_page(shell: str, metadata: PageMetadata) -> str:
    """Insert title, meta elements, structured data and readable content where React does not touch them."""
    title = f"<title>{html.escape(metadata.title)}</title>"
    without_meta = _TITLE.sub("", _PAGE_META.sub("", shell))
    content = _templates().get_template(metadata.template).render(metadata.values)
    with_content = _BODY.sub(lambda body: body.group() + content, without_meta, count=1)
    return with_content.replace("</head>", f"{title}{_meta_tags(metadata)}</head>", 1)


def absolute_url(path: str) -> str:
    """The absolute URL of one of our paths."""
    return settings().public_url.rstrip("/") + path


def _meta_tags(metadata: PageMetadata) -> str:
    url = absolute_url(metadata.path)
    pairs = {
        'name="description"': metadata.description,
        'property="og:title"': metadata.title,
        'property="og:description"': metadata.description,
        'property="og:type"': metadata.kind,
        'property="og:url"': url,
        'property="og:site_name"': "Plaza",
    }
    if metadata.image:
        pairs |= {'property="og:image"': absolute_url(metadata.image), 'name="twitter:card"': "summary_large_image"}
    if not metadata.is_indexed:
        pairs['name="robots"'] = "noindex,follow"
    metas = "".join(f'<meta {name} content="{html.escape(content)}">' for name, content in pairs.items())
    data = "".join(f'<script type="application/ld+json">{_json_for_script(each)}</script>' for each in metadata.data)
    return f'{metas}<link rel="canonical" href="{html.escape(url)}">{data}'


def _json_for_script(data: JsonLd) -> str:
    """JSON that cannot end the surrounding script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")


def _disable_preload(preload: re.Match[str]) -> str:
    return preload.group().replace("<link ", '<link media="not all" ', 1)


def _inline_stylesheet(link: re.Match[str], folder: Path) -> str:
    disabled_link = link.group().replace("<link ", "<link disabled ", 1)
    return f"<style>{(folder / link[1].lstrip('/')).read_text()}</style>{disabled_link}"


@cache
def _templates() -> Environment:
    # Undefined names in a template are errors, not empty strings.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), trim_blocks=True, undefined=StrictUndefined
    )
    environment.filters["size"] = picture_url
    environment.globals["after_paint"] = Markup(_after_paint_script())  # noqa: S704 - our own file
    return environment


@cache
def _after_paint_script() -> str:
    return (TEMPLATES / "after-paint.js").read_text()
