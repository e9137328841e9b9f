"""The edge: nginx, its configuration rendered from one template for this machine, containers and clusters alike."""

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
    """One service of the api tier, or several in the same processes: which paths they answer, and where they listen."""

    name: str
    servers: Sequence[str]
    paths: Sequence[str] = ()  # expressions of platform_app/rest/routers.py


@dataclass(frozen=True)
class Release:
    """One release that runs: its web processes, and the services of its api tier."""

    web: Sequence[str]
    services: Sequence[Upstream]


@dataclass(frozen=True)
class TlsFiles:
    """Files with a certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Limits:
    """What one address may do; the app has finer ones of its own, by user."""

    requests_per_second: int = 50
    requests_burst: int = 200
    auth_per_minute: int = 60
    auth_burst: int = 20
    sockets: int = 200  # a whole office, or a village behind one address


@dataclass(frozen=True)
class EdgeConfig:
    """Everything the configuration depends on."""

    run: Path  # a folder of its own: the configuration, the active colour, the process id
    cache: Path
    files: Path  # the compiled frontend
    releases: Mapping[str, Release]
    listen: str = "127.0.0.1:8443"
    http_listen: str = ""  # redirects to `listen`, where there is TLS
    names: tuple[str, ...] = ("_",)
    tls: TlsFiles | None = None
    behind_tls: bool = False  # TLS ends before it
    includes: Path | None = None  # where the key and the active colour are, if not in `run`
    pages: str = "api"  # the service that serves pages, and whatever no other one does
    has_extra_upstreams: bool = False  # files beside the key may name more services, and their paths
    proxies: Sequence[str] = ()  # networks whose X-Forwarded-For is believed, such as a CDN's
    access_log: str = "/dev/stdout"
    error_log: str = "/dev/stderr"
    mime_types: str = "/etc/nginx/mime.types"
    processes: str = "auto"
    connections: int = 8192
    drain_seconds: int = 60
    cache_megabytes: int = 1024
    brotli: str = ""  # the module that serves files compressed by brotli, where it is installed
    user: str = ""  # whom the workers run as, when nginx is started by root
    limits: Limits = field(default_factory=Limits)

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.behind_tls or self.tls is not None

    @property
    def services(self) -> Sequence[Upstream]:
        """The services of the api tier, which are the same in every colour."""
        return next(iter(self.releases.values())).services

    @property
    def routes_by_path(self) -> bool:
        """Whether a path decides which service of the api tier answers."""
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
    """Write everything nginx needs below `edge.run`, with `colour` active; returns the file to start it with."""
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
    """Write down a key that nobody knows yet."""
    datadir.write(run / KEY_FILE, key_file_text(secrets.token_urlsafe(32)))


def key_file_text(key: str) -> str:
    """The file that says who may purge pages and look at the colour that is not active."""
    if not re.fullmatch(r"[\w-]{20,}", key):
        raise StackError("The edge's key is of letters, digits, - and _, and 20 of them at least.")
    return f'map $http_x_plaza_edge_key $plaza_trusted {{\n  default "";\n  {key} 1;\n}}\n'


def activate(run: Path, colour: str) -> None:
    """Make a colour the one that visitors get, from the next reload on."""
    if not _COLOUR_NAME.match(colour):
        raise StackError(f'"{colour}" is no colour.')
    datadir.write(run / ACTIVE_FILE, f"map $host $plaza_active {{\n  default {colour};\n}}\n")


def active_colour(run: Path) -> str:
    """The colour that visitors get."""
    try:
        match = _ACTIVE_COLOUR.search((run / ACTIVE_FILE).read_text())
    except FileNotFoundError:
        match = None
    if not match:
        raise StackError(f"{run / ACTIVE_FILE} does not say which colour is active.")
    return match[1]


def command(edge: EdgeConfig, *arguments: str) -> list[str]:
    """The command line that starts nginx, or with arguments tests it (`-t`) or has it reload (`-s reload`)."""
    return ["nginx", "-p", str(edge.run), "-e", edge.error_log, "-c", str(edge.run / CONFIG_FILE), *arguments]


def brotli_module() -> str:
    """Where this machine's nginx has what serves files that were compressed by brotli; empty when it has not."""
    return next((str(path) for path in BROTLI_MODULES if path.exists()), "")


def _validate(edge: EdgeConfig) -> None:
    names = [[service.name for service in release.services] for release in edge.releases.values()]
    if not names or any(each != names[0] for each in names):
        raise StackError("Every colour has the same services, and there is one colour at least.")
    if edge.pages not in names[0]:
        raise StackError(f'No service is called "{edge.pages}", which is to serve the pages.')
