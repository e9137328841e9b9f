"""What a page may load and run: the scripts and styles that our build brought with it, files of ours, and nothing else.

The policy is made of the shell as it was built, never of the page as it was filled in: a script that found its way into
somebody's words is not in it.
"""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from platform_app.infra.settings import Settings, settings

DENY_ALL = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # of answers that are no page
)
_SCRIPTS = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_STYLES = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


@lru_cache(maxsize=64)
def page_policy(shell: str, *more_scripts: str, allow_inline_styles: bool = False) -> str:
    """The Content-Security-Policy of a page of ours, and of scripts it is given later.

    The page that shows mail in development lets letters have their styles, as mail programs do.
    """
    scripts = [*_SCRIPTS.findall(shell), *more_scripts]
    styles = [*_STYLES.findall(shell), ""]  # the style element that a library fills through the CSSOM begins empty
    sources = {
        "default-src": "'none'",
        "script-src": _source_list(scripts),
        "style-src": "'self' 'unsafe-inline'",  # for browsers that do not know the next two
        "style-src-elem": "'self' 'unsafe-inline'" if allow_inline_styles else _source_list(styles),
        "style-src-attr": "'unsafe-inline'",  # the colour behind a picture that has not come yet
        "img-src": "'self' data: blob:",  # pictures are shown before they are sent
        "font-src": "'self'",
        "connect-src": " ".join(["'self'", *_upload_origins(settings())]),
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def _source_list(texts: list[str]) -> str:
    digests = dict.fromkeys(b64encode(sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])


def _upload_origins(config: Settings) -> list[str]:
    """Where browsers post files themselves: our bucket, if there is one."""
    if not config.s3_bucket:
        return []
    if config.s3_endpoint:
        endpoint = urlsplit(config.s3_endpoint)
        return [f"{endpoint.scheme}://{endpoint.netloc}"]
    hosts = ("s3.amazonaws.com", f"s3.{config.s3_region}.amazonaws.com")
    return [f"https://{config.s3_bucket}.{host}" for host in hosts]
