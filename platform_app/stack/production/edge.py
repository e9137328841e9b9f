"""The edge of the topology: nginx with its own certificate, and the switch between the colours."""

import os
import pwd
import signal
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, nginx, processes, runfile
from platform_app.stack.errors import StackError
from platform_app.stack.nginx import EdgeConfig, TlsFiles
from platform_app.stack.production import programs, tiers
from platform_app.stack.production.topology import COLOURS, TopologyConfig, topology_child
from platform_app.stack.supervisor import Child, Stage

FOLDER = "edge"
FIRST_COLOUR = "blue"
DRAIN_SIGNAL = signal.SIGUSR1  # makes a web process close its sockets gradually
RELOAD_SECONDS = 30
CERTIFICATE_LIFETIME = timedelta(days=825)


def edge_config(config: TopologyConfig, *, port: int, count: int) -> EdgeConfig:
    """nginx's configuration for this topology."""
    folder = config.folder(FOLDER)
    return EdgeConfig(
        run=folder,
        cache=folder / "cache",
        files=ROOT / ".web" / "build" / "client",
        releases={colour: tiers.edge_release(config, colour, count=count) for colour in COLOURS},
        listen=f"{processes.HOST}:{port}",
        tls=certificate(folder),
        access_log=str(config.log("edge")),
        error_log=str(config.log("nginx")),
        processes="2",
        connections=2048,
        cache_megabytes=256,
        brotli=nginx.brotli_module(),
        user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() == 0 else "",
    )


def edge_server(config: TopologyConfig, edge_config: EdgeConfig, env: dict[str, str]) -> Child:
    """nginx, with the last active colour."""
    colour = nginx.active_colour(edge_config.run) if (edge_config.run / nginx.ACTIVE_FILE).exists() else FIRST_COLOUR
    nginx.write(edge_config, colour=colour, key=config.secrets["edge"])
    program, *arguments = nginx.command(edge_config)
    command: list[str | Path] = [programs.find(program), *arguments]

    def launch() -> subprocess.Popen[bytes]:
        return processes.spawn(command, log=config.log("nginx"), env=env, cwd=edge_config.run)

    return topology_child(config, "nginx", Stage.FRONT, launch)


def certificate(folder: Path) -> TlsFiles:
    """A self-signed certificate for this machine, created once."""
    tls = TlsFiles(certificate=folder / "edge.pem", key=folder / "edge.key")
    if tls.certificate.exists() and tls.key.exists():
        return tls
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Plaza on this machine")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + CERTIFICATE_LIFETIME)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(processes.HOST)), x509.DNSName("localhost")]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem, key_format = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    datadir.write(tls.key, key.private_bytes(pem, key_format, serialization.NoEncryption()).decode())
    datadir.write(tls.certificate, signed.public_bytes(pem).decode())
    return tls


def switch(data: Path, colour: str) -> str:
    """Make the other colour active, and move the former colour's browsers over; return the former colour.

    New requests go to the other colour after the reload; running requests are finished by their own colour.
    """
    folder = data / FOLDER
    running = runfile.load(data)
    if colour not in COLOURS:
        raise StackError(f'"{colour}" is not a colour; choose {" or ".join(COLOURS)}.')
    if not running or not runfile.find_process(running.entries[0]) or not (folder / nginx.ACTIVE_FILE).exists():
        raise StackError(
            "No production topology runs in this data directory; ./plaza up --topology production starts one."
        )
    previous = nginx.active_colour(folder)
    if previous != colour:
        nginx.activate(folder, colour)
        try:
            reload(folder)
        except StackError:
            nginx.activate(folder, previous)
            raise
        drain(running, previous)
    return previous


def reload(folder: Path) -> None:
    """Reload nginx; return once its old processes accept no more connections."""
    master = psutil.Process(int((folder / "nginx.pid").read_text()))
    before = {worker.pid for worker in master.children()}
    master.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        workers = master.children()
        accepting = {worker.pid for worker in workers if not _is_shutting_down(worker)}
        if accepting and not accepting & before:
            return
        time.sleep(0.05)
    raise StackError(
        f"nginx did not accept the new configuration; {folder.parent / 'logs' / 'nginx.log'} shows the reason."
    )


def drain(running: runfile.RunRecord, colour: str) -> None:
    """Make a colour's web processes close their sockets."""
    for entry in running.entries:
        process = runfile.find_process(entry) if entry.name.startswith(f"web-{colour}-") else None
        if process:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(DRAIN_SIGNAL)


def _is_shutting_down(worker: psutil.Process) -> bool:
    try:
        return "shutting down" in " ".join(worker.cmdline())
    except psutil.Error:
        return True
