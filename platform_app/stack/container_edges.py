"""The edge in containers: the same template as on one machine, with the host names used there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from platform_app.stack.nginx import EdgeConfig, Release, TlsFiles, Upstream

FILES, CACHE = Path("/srv/plaza"), Path("/var/cache/plaza")
SERVICES_FILE = "services.yaml"
_SERVICES_HEAD = """# Written by ./plaza deploy nginx kubernetes: the paths of the API groups that have others than `/api/v1/GROUP`."""


def compose(*, names: tuple[str, ...]) -> EdgeConfig:
    """The edge of deploy/docker/compose.yaml, which terminates TLS."""
    folder = Path("/etc/plaza-edge")
    return EdgeConfig(
        run=folder,
        cache=CACHE,
        files=FILES,
        releases={"blue": _release("")},
        listen="0.0.0.0:8443",
        http_listen="0.0.0.0:8080",
        names=names,
        tls=TlsFiles(certificate=Path("/etc/plaza-tls/tls.crt"), key=Path("/etc/plaza-tls/tls.key")),
    )


def kubernetes() -> EdgeConfig:
    """The edge of the chart: the gateway terminates TLS, and the services select the active colour."""
    return EdgeConfig(
        run=Path("/run/plaza"),
        includes=Path("/etc/plaza-edge"),
        cache=CACHE,
        files=FILES,
        releases={"active": _release("plaza-"), "preview": _release("plaza-", "-preview")},
        listen="0.0.0.0:8080",
        behind_tls=True,
        has_extra_upstreams=True,
        has_proxies_file=True,
    )


def services_file_text(paths: Mapping[str, Sequence[str]]) -> str:
    """The chart's file with the paths of each API group; a group that is not in it has those below its own name."""
    lines = [_SERVICES_HEAD]
    for service, patterns in paths.items():
        if list(patterns) != [rf"^/api/v1/{service}(/|$)"]:
            lines += [f"{service}:", *(f"  - '{pattern}'" for pattern in patterns)] if patterns else [f"{service}: []"]
    return "\n".join([*lines, ""])


def _release(prefix: str, suffix: str = "") -> Release:
    api = Upstream(name="api", servers=[f"{prefix}api{suffix}:8001"])
    return Release(web=[f"{prefix}web{suffix}:8000"], services=[api])
