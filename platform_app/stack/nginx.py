"""The edge: nginx, configured by one template for one machine, containers and clusters."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from platform_app.infra.settings import ROOT
from platform_app.stack import datadir
from platform_app.stack.errors import StackError

TEMPLATES = ROOT / "deploy" / "nginx"
CONFIG_FILE, ACTIVE_FILE, KEY_FILE = "nginx.conf", "active.conf", "key.conf"
BROTLI_MODULES = [
    Path(folder) / "ngx_http_brotli_static_module.so" for folder in ("/usr/lib/nginx/modules", "/etc/nginx/modules")
]
_COLOUR_NAME = re.compile(r"^[a-z]+$")
_ACTIVE_COLOUR = re.compile(r"default (\w+);")


@dataclass(frozen=True)
class Upstream:
    """One API group, or several in the same processes: their paths, and the addresses that serve them."""

    name: str
    servers: Sequence[str]
    paths: Sequence[str] = ()  # expressions of platform_app/rest/routers.py


@dataclass(frozen=True)
class Release:
    """One running release: its web processes, and its API groups."""

    web: Sequence[str]
    services: Sequence[Upstream]


@dataclass(frozen=True)
class TlsFiles:
    """A certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Limits:
    """Limits per IP; the app has finer ones per user."""

    requests_per_second: int = 50
    requests_burst: int = 200
    auth_per_minute: int = 60
    auth_burst: int = 20
    connections: int = 400  # with HTTP/2, requests at once; without the sockets
    sockets: int = 200  # high enough for an office or a village that shares one IP


@dataclass(frozen=True)
class EdgeConfig:
    """Everything the configuration depends on."""

    run: Path  # a folder for the configuration, the active colour and the process id
    cache: Path
    files: Path  # the compiled frontend
    releases: Mapping[str, Release]
    listen: str = "127.0.0.1:8443"
    http_listen: str = ""  # redirects to `listen`, with TLS only
    names: tuple[str, ...] = ("_",)
    tls: TlsFiles | None = None
    behind_tls: bool = False  # a proxy in front terminates TLS
    includes: Path | None = None  # the folder with the key and the active colour, if not `run`
    pages: str = "api"  # the service for pages and every other path
    has_extra_upstreams: bool = False  # files beside the key may name more services and their paths
    proxies: Sequence[str] = ()  # networks whose X-Forwarded-For is trusted, such as a CDN's
    has_proxies_file: bool = False  # a file beside the key lists them; without it, nginx does not start
    access_log: str = "/dev/stdout"
    error_log: str = "/dev/stderr"
    mime_types: str = "/etc/nginx/mime.types"
    processes: str = "auto"
    connections: int = 8192
    drain_seconds: int = 60
    cache_megabytes: int = 1024
    brotli: str = ""  # the module for files compressed with brotli, if installed
    user: str = ""  # the user of the workers, if root starts nginx
    limits: Limits = field(default_factory=Limits)

    @property
    def is_secure(self) -> bool:
        """Whether browsers use TLS."""
        return self.behind_tls or self.tls is not None

    @property
    def services(self) -> Sequence[Upstream]:
        """The services of the api tier, which are the same in every colour."""
        return next(iter(self.releases.values())).services

    @property
    def routes_by_path(self) -> bool:
        """Whether the path decides which service of the api tier answers."""
        return self.has_extra_upstreams or len(self.services) > 1


def render(edge: EdgeConfig) -> str:
    """The configuration as text."""
    _validate(edge)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - this is no HTML
    )
    return environment.get_template(f"{CONFIG_FILE}.j2").render(edge=edge)


def write(edge: EdgeConfig, *, colour: str, key: str = "") -> Path:
    """Write everything nginx needs below `edge.run`, with `colour` active; return the main configuration file."""
    edge.run.mkdir(parents=True, exist_ok=True)
    edge.cache.mkdir(parents=True, exist_ok=True)
    config = edge.run / CONFIG_FILE
    datadir.write(config, render(edge))
    if key:
        datadir.write(edge.run / KEY_FILE, key_file_text(key))
    else:
        write_new_key(edge.run)
    activate(edge.run, colour)
    return config


def write_new_key(run: Path) -> None:
    """Write a new random key."""
    datadir.write(run / KEY_FILE, key_file_text(secrets.token_urlsafe(32)))


def key_file_text(key: str) -> str:
    """The file with the key that allows purging pages and seeing the inactive colour."""
    if not re.fullmatch(r"[\w-]{20,}", key):
        raise StackError("The edge's key needs at least 20 characters: letters, digits, - and _.")
    return f'map $http_x_plaza_edge_key $plaza_trusted {{\n  default "";\n  {key} 1;\n}}\n'


def activate(run: Path, colour: str) -> None:
    """Make a colour active from the next reload on."""
    if not _COLOUR_NAME.match(colour):
        raise StackError(f'"{colour}" is not a colour.')
    datadir.write(run / ACTIVE_FILE, f"map $host $plaza_active {{\n  default {colour};\n}}\n")


def active_colour(run: Path) -> str:
    """The active colour."""
    try:
        match = _ACTIVE_COLOUR.search((run / ACTIVE_FILE).read_text())
    except FileNotFoundError:
        match = None
    if not match:
        raise StackError(f"{run / ACTIVE_FILE} does not say which colour is active.")
    return match[1]


def command(edge: EdgeConfig, *arguments: str) -> list[str]:
    """The command line that starts nginx, or with arguments tests (`-t`) or reloads it (`-s reload`)."""
    return ["nginx", "-p", str(edge.run), "-e", edge.error_log, "-c", str(edge.run / CONFIG_FILE), *arguments]


def brotli_module() -> str:
    """The path of nginx's module for files compressed with brotli; empty if it is not installed."""
    return next((str(path) for path in BROTLI_MODULES if path.exists()), "")


def _validate(edge: EdgeConfig) -> None:
    names = [[service.name for service in release.services] for release in edge.releases.values()]
    if not names or any(each != names[0] for each in names):
        raise StackError("There must be at least one colour, and all colours need the same services.")
    if edge.pages not in names[0]:
        raise StackError(f'There is no service "{edge.pages}" to serve the pages.')
