"""The edge of the topology: nginx with a certificate of its own, and the switch from one colour to the other."""

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
from platform_app.stack import datadir, nginx, processes, record
from platform_app.stack.errors import StackError
from platform_app.stack.nginx import Edge, Tls
from platform_app.stack.production import programs, tiers
from platform_app.stack.production.plan import COLOURS, Plan, child
from platform_app.stack.supervisor import Child, Stage

FOLDER = "edge"
FIRST = "blue"
DRAIN = signal.SIGUSR1  # has a web process send its browsers away, a few at a time
RELOAD_SECONDS = 30
VALID = timedelta(days=825)


def configured(plan: Plan, *, port: int, count: int) -> Edge:
    """What nginx is to be here."""
    folder = plan.folder(FOLDER)
    return Edge(
        run=folder,
        cache=folder / "cache",
        files=ROOT / ".web" / "build" / "client",
        colours={colour: tiers.upstream(plan, colour, count=count) for colour in COLOURS},
        listen=f"{processes.HOST}:{port}",
        tls=certificate(folder),
        access_log=str(plan.log("edge")),
        error_log=str(plan.log("nginx")),
        processes="2",
        connections=2048,
        cache_megabytes=256,
        brotli=nginx.brotli_module(),
        user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() == 0 else "",
    )


def edge(plan: Plan, made: Edge, env: dict[str, str]) -> Child:
    """nginx, with the colour that was active last."""
    colour = nginx.active(made.run) if (made.run / nginx.ACTIVE).exists() else FIRST
    nginx.write(made, colour=colour, key=plan.secrets["edge"])
    program, *arguments = nginx.command(made)
    command: list[str | Path] = [programs.find(program), *arguments]

    def launch() -> subprocess.Popen[bytes]:
        return processes.spawn(command, log=plan.log("nginx"), env=env, cwd=made.run)

    return child(plan, "nginx", Stage.FRONT, launch)


def certificate(folder: Path) -> Tls:
    """A certificate for this machine alone, made once, which vouches for itself."""
    tls = Tls(certificate=folder / "edge.pem", key=folder / "edge.key")
    if tls.certificate.exists() and tls.key.exists():
        return tls
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Plaza on this machine")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(processes.HOST)), x509.DNSName("localhost")]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem, whole = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    datadir.write(tls.key, key.private_bytes(pem, whole, serialization.NoEncryption()).decode())
    datadir.write(tls.certificate, made.public_bytes(pem).decode())
    return tls


def switch(data: Path, colour: str) -> str:
    """Give visitors the other colour, and have the browsers of the one before come over; the colour before.

    New requests go to the other colour from the reload on; those under way are answered by the colour that they are at.
    """
    folder = data / FOLDER
    running = record.load(data)
    if colour not in COLOURS:
        raise StackError(f'"{colour}" is no colour; there are {" and ".join(COLOURS)}.')
    if not running or not record.process(running.entries[0]) or not (folder / nginx.ACTIVE).exists():
        raise StackError("No production topology runs on this data; ./plaza up --topology production starts one.")
    before = nginx.active(folder)
    if before != colour:
        nginx.activate(folder, colour)
        try:
            reload(folder)
        except StackError:
            nginx.activate(folder, before)
            raise
        drain(running, before)
    return before


def reload(folder: Path) -> None:
    """Have nginx read its configuration anew; returns once those who know the old one take no more connections."""
    master = psutil.Process(int((folder / "nginx.pid").read_text()))
    before = {worker.pid for worker in master.children()}
    master.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        workers = master.children()
        taking = {worker.pid for worker in workers if not _is_leaving(worker)}
        if taking and not taking & before:
            return
        time.sleep(0.05)
    raise StackError(f"nginx did not take the new configuration; {folder.parent / 'logs' / 'nginx.log'} says why.")


def drain(running: record.Record, colour: str) -> None:
    """Have a colour's web processes send their browsers away."""
    for entry in running.entries:
        process = record.process(entry) if entry.name.startswith(f"web-{colour}-") else None
        if process:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(DRAIN)


def _is_leaving(worker: psutil.Process) -> bool:
    try:
        return "shutting down" in " ".join(worker.cmdline())
    except psutil.Error:
        return True
