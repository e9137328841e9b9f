"""The page's shell filled in for whoever reads before, or without, JavaScript: title, previews, structured data, content."""

import gzip
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import blake2b
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from platform_app.domain.catalog.schemas import Picture
from platform_app.domain.media import rules as media
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shops.rules import country_name
from platform_app.infra.settings import settings
from platform_app.rest import policy
from platform_app.rest.media import picture_url

TEMPLATES = Path(__file__).parent / "templates"
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_BODY = re.compile(r"<body[^>]*>")
_OWN_META = re.compile(r'<meta (?=[^>]*(?:name="description"|property="og:))[^>]*>')
_PRELOADED = re.compile(r'<link rel="modulepreload" href="(/assets/[\w.-]+\.js)"/?>')
_PRELOADED_STYLES = re.compile(r'<link as="style" href="[^"]*" rel="preload"/?>')
_SCRIPT = '<script type="module" async="">'
_STYLES = re.compile(r'<link href="(/assets/[\w.-]+\.css)" rel="stylesheet"[^>]*>')
# Browsers ask each time. Caches of ours in between answer a crowd: for two seconds without asking, for ten more while they
# ask, and for ten minutes while nobody answers them.
_KEPT = "public, max-age=0, must-revalidate, s-maxage=2, stale-while-revalidate=10, stale-if-error=600"
JsonLd = Mapping[str, object]


@dataclass(frozen=True)
class Document:
    """What is said about a page; `path` is its one true address, below ours."""

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


def readable_first(shell: str, folder: Path) -> str:
    """The shell with its styles inside, so that it can be painted at once, and its scripts left for after that.

    The links to the styles stay, since React adds what it misses; as they are, neither fetches them a second time.
    """
    preloaded = html.escape(json.dumps(_PRELOADED.findall(shell)))
    bare = _PRELOADED_STYLES.sub(_unfetched, _PRELOADED.sub("", shell))
    waiting = f'<script type="text/plain" id="scripts-after-paint" data-preload="{preloaded}">'
    return _STYLES.sub(lambda link: _inlined(link, folder), bare.replace(_SCRIPT, waiting))


def respond(shell: str, document: Document, request: Request) -> Response:
    """The filled-in shell; 304 when the browser has this very page."""
    body = fill(shell, document)
    etag = f'"{blake2b(body.encode(), digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _KEPT,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": policy.of_page(shell, _after_paint()),
    }
    if request.headers.get("if-none-match") == etag and document.status == 200:
        return Response(status_code=304, headers=headers)
    sent = body.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        sent, headers["Content-Encoding"] = gzip.compress(sent, compresslevel=5, mtime=0), "gzip"
    return Response(sent, status_code=document.status, media_type="text/html", headers=headers)


def fill(shell: str, document: Document) -> str:
    """Put title, meta, structured data and readable content where React leaves them alone."""
    title = f"<title>{html.escape(document.title)}</title>"
    bare = _TITLE.sub("", _OWN_META.sub("", shell))
    painted = _templates().get_template(document.template).render(document.values)
    begun = _BODY.sub(lambda body: body.group() + painted, bare, count=1)
    return begun.replace("</head>", f"{title}{_meta(document)}</head>", 1)


def absolute(path: str) -> str:
    """An address of ours in full."""
    return settings().public_url.rstrip("/") + path


def _meta(document: Document) -> str:
    url = absolute(document.path)
    pairs = {
        'name="description"': document.description,
        'property="og:title"': document.title,
        'property="og:description"': document.description,
        'property="og:type"': document.kind,
        'property="og:url"': url,
        'property="og:site_name"': "Plaza",
    }
    if document.image:
        pairs |= {'property="og:image"': absolute(document.image), 'name="twitter:card"': "summary_large_image"}
    if not document.is_indexed:
        pairs['name="robots"'] = "noindex,follow"
    metas = "".join(f'<meta {name} content="{html.escape(content)}">' for name, content in pairs.items())
    data = "".join(f'<script type="application/ld+json">{_script(each)}</script>' for each in document.data)
    return f'{metas}<link rel="canonical" href="{html.escape(url)}">{data}'


def _script(data: JsonLd) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")


def _unfetched(preload: re.Match[str]) -> str:
    return preload.group().replace("<link ", '<link media="not all" ', 1)


def _inlined(link: re.Match[str], folder: Path) -> str:
    unused = link.group().replace("<link ", "<link disabled ", 1)
    return f"<style>{(folder / link[1].lstrip('/')).read_text()}</style>{unused}"


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), trim_blocks=True)
    made.filters |= {"money": _money, "day": _day, "size": picture_url, "best": _best, "srcset": _srcset}
    made.filters["country"] = country_name
    made.globals["after_paint"] = Markup(_after_paint())  # noqa: S704 - our own file
    return made


@cache
def _after_paint() -> str:
    return (TEMPLATES / "after-paint.js").read_text()


def _day(day: date) -> str:
    return str(format_date(day, "d MMMM", locale="en"))


def _money(amount: Money) -> str:
    return money.display(amount.amount, amount.currency)


def _best(width: int, wanted: int) -> int:
    sizes = media.widths(width)
    return max((size for size in sizes if size <= wanted), default=sizes[0])


def _srcset(picture: Picture) -> Markup:
    sizes = media.widths(picture.width or 1)
    return Markup(", ").join(f"{picture_url(picture.content or '', size)} {size}w" for size in sizes)
