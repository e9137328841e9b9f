"""Content-Security-Policy: a page may load and run the scripts and styles of our build, our files, and nothing else.

The policy is computed from the shell as built, never from the filled-in page, so a script in a user's text is not
allowed to run.
"""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from platform_app.infra.settings import Settings, settings

DENY_ALL = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # of responses that are not pages
)
_SCRIPTS = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_STYLES = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


@lru_cache(maxsize=64)
def page_policy(shell: str, *more_scripts: str, allow_inline_styles: bool = False) -> str:
    """The Content-Security-Policy of a page, also allowing these additional inline scripts.

    The mail preview in development allows inline styles, since mails contain them.
    """
    scripts = [*_SCRIPTS.findall(shell), *more_scripts]
    styles = [*_STYLES.findall(shell), ""]  # a library fills an initially empty style element through the CSSOM
    sources = {
        "default-src": "'none'",
        "script-src": _source_list(scripts),
        "style-src": "'self' 'unsafe-inline'",  # for browsers that do not support the next two
        "style-src-elem": "'self' 'unsafe-inline'" if allow_inline_styles else _source_list(styles),
        "style-src-attr": "'unsafe-inline'",  # the background colour of a picture that is loading
        "img-src": "'self' data: blob:",  # pictures are previewed before the upload
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
    """The origins to which browsers upload files: the bucket, if there is one."""
    if not config.s3_bucket:
        return []
    if config.s3_endpoint:
        endpoint = urlsplit(config.s3_endpoint)
        return [f"{endpoint.scheme}://{endpoint.netloc}"]
    hosts = ("s3.amazonaws.com", f"s3.{config.s3_region}.amazonaws.com")
    return [f"https://{config.s3_bucket}.{host}" for host in hosts]
