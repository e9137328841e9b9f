"""The edge where everything runs in containers: the same template as on one machine, with the names that are used there."""

from pathlib import Path

from platform_app.stack.nginx import Colour, Edge, Service, Tls

FILES, CACHE = Path("/srv/plaza"), Path("/var/cache/plaza")
PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def compose(*, names: tuple[str, ...]) -> Edge:
    """Of deploy/docker/compose.yaml, where TLS ends at the edge."""
    folder = Path("/etc/plaza-edge")
    return Edge(
        run=folder,
        cache=CACHE,
        files=FILES,
        colours={"blue": _colour("")},
        listen="0.0.0.0:8443",
        plain_listen="0.0.0.0:8080",
        names=names,
        tls=Tls(certificate=Path("/etc/plaza-tls/tls.crt"), key=Path("/etc/plaza-tls/tls.key")),
    )


def kubernetes() -> Edge:
    """Of the chart, where TLS ends at the gateway, and services follow the colours by themselves."""
    return Edge(
        run=Path("/run/plaza"),
        includes=Path("/etc/plaza-edge"),
        cache=CACHE,
        files=FILES,
        colours={"active": _colour("plaza-"), "preview": _colour("plaza-", "-preview")},
        listen="0.0.0.0:8080",
        behind_tls=True,
        splits_later=True,
        proxies=PRIVATE_NETWORKS,  # a policy of the network lets the gateway in, and nobody else
    )


def _colour(before: str, after: str = "") -> Colour:
    api = Service(name="api", servers=[f"{before}api{after}:8001"])
    return Colour(web=[f"{before}web{after}:8000"], services=[api])
