"""Real servers for the contract tests: OpenStack Swift speaking S3, and dynoxide speaking DynamoDB."""

import fcntl
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from platform_app.stack import processes

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
INSTALLED = Path(sys.prefix) / "dynoxide"
PATIENCE = 30.0  # seconds a server may take to answer
BACKENDS = ("account", "container", "object")
PIPELINE = "catch_errors gatekeeper healthcheck listing_formats s3api tempauth bulk slo dlo proxy-server"

# In a process of its own, for Swift's imports warn: each ring says which port holds the one disk of its kind.
BUILD_RINGS = """
import sys
from swift.common.ring import RingBuilder
for argument in sys.argv[1:]:
    name, address = argument.split("=")
    ip, port = address.split(":")
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({"region": 1, "zone": 1, "ip": ip, "port": int(port), "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(name + ".ring.gz")
"""


@dataclass(frozen=True)
class Server:
    """Where a started server listens, and the keys it accepts."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


@contextmanager
def swift(directory: Path) -> Iterator[Server]:
    """Run an S3 server that checks signatures, with its data in the empty `directory`, until the block ends."""
    ports = {kind: processes.free_port() for kind in (*BACKENDS, "proxy")}
    (directory / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    (directory / "proxy.conf").write_text(_proxy_config(directory, ports["proxy"]))
    for kind in BACKENDS:
        (directory / kind / "disk").mkdir(parents=True)
        (directory / f"{kind}.conf").write_text(_backend_config(directory, kind, ports[kind]))
    rings = [f"{directory}/{kind}=127.0.0.1:{ports[kind]}" for kind in BACKENDS]
    subprocess.run([sys.executable, "-c", BUILD_RINGS, *rings], check=True)
    with ExitStack() as stack:
        started = {
            kind: stack.enter_context(
                _running(
                    [str(BIN / f"swift-{kind}-server"), str(directory / f"{kind}.conf")], directory / f"{kind}.log"
                )
            )
            for kind in ports
        }
        for kind, process in started.items():
            _wait_until_listening(ports[kind], process, directory / f"{kind}.log")
        yield Server(f"http://127.0.0.1:{ports['proxy']}", access_key="test:tester", secret_key="testing")


@contextmanager
def dynoxide(directory: Path) -> Iterator[Server]:
    """Run an empty DynamoDB server until the block ends."""
    port = processes.free_port()
    log = directory / "dynoxide.log"
    with _running([str(_dynoxide_binary()), "--port", str(port)], log) as process:
        _wait_until_listening(port, process, log)
        yield Server(f"http://127.0.0.1:{port}", access_key="tests", secret_key="tests")


@contextmanager
def cut_after(server: Server, size: int) -> Iterator[Server]:
    """A way to `server` on which every connection breaks once `size` bytes have come back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        Thread(target=_cut_connections, args=(listener, target, size), daemon=True).start()
        yield replace(server, endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def throttled(server: Server) -> Iterator[Server]:
    """A way to a DynamoDB server that takes one write of every batch and hands the others back unprocessed."""
    throttle = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Throttle, server.endpoint))
    Thread(target=throttle.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield replace(server, endpoint=f"http://127.0.0.1:{throttle.server_port}")
    finally:
        throttle.shutdown()
        throttle.server_close()


class _Throttle(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, endpoint: str, *connection: Any) -> None:
        self._endpoint = endpoint
        super().__init__(*connection)

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        held_back = {}
        if self.headers["X-Amz-Target"].endswith(".BatchWriteItem"):
            held_back = {table: writes[1:] for table, writes in question["RequestItems"].items() if writes[1:]}
            question["RequestItems"] = {table: writes[:1] for table, writes in question["RequestItems"].items()}
        headers = {name: self.headers[name] for name in ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")}
        answer = httpx.post(self._endpoint, json=question, headers=headers)
        body = json.dumps({**answer.json(), **({"UnprocessedItems": held_back} if held_back else {})}).encode()
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


def _cut_connections(listener: socket.socket, target: tuple[str, int], size: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client, socket.create_connection(target) as server:
                Thread(target=_pass_on, args=(client, server, sys.maxsize), daemon=True).start()
                _pass_on(server, client, size)
                client.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket, size: int) -> None:
    with suppress(OSError):
        while size > 0 and (chunk := source.recv(min(size, 65536))):
            target.sendall(chunk)
            size -= len(chunk)


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = processes.spawn(command, log=log)
    try:
        yield process
    finally:
        processes.stop(process)


def _wait_until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not answer:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _dynoxide_binary() -> Path:
    """The server's one file, installed beside the virtual environment's own programs if it is not there yet."""
    binary = INSTALLED / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"
    INSTALLED.mkdir(exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test processes must not install at the same time
        wanted = (HERE / "package-lock.json").read_bytes()
        present = INSTALLED / "package-lock.json"
        if not binary.exists() or present.read_bytes() != wanted:
            shutil.copy(HERE / "package.json", INSTALLED)
            shutil.copy(HERE / "package-lock.json", INSTALLED)
            environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
            command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=INSTALLED, env=environment, check=True)
    return binary


def _common_config(directory: Path, port: int) -> str:
    return f"""
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {directory}
user = {getpass.getuser()}
workers = 0
log_level = ERROR
"""


def _backend_config(directory: Path, kind: str, port: int) -> str:
    return f"""{_common_config(directory, port)}
devices = {directory / kind}
mount_check = false
fallocate_reserve = 0

[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
"""


def _proxy_config(directory: Path, port: int) -> str:
    names = PIPELINE.split()[:-1]
    settings = {
        "s3api": "location = us-east-1\nmax_bucket_listing = 10",  # so that small tests see several pages
        "tempauth": "user_test_tester = testing .admin",
    }
    filters = "".join(f"\n[filter:{name}]\nuse = egg:swift#{name}\n{settings.get(name, '')}\n" for name in names)
    return f"""{_common_config(directory, port)}
[pipeline:main]
pipeline = {PIPELINE}

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{filters}"""
