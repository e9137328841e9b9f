"""Real servers for the contract tests: OpenStack Swift speaking S3, and dynoxide speaking DynamoDB."""

import json
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

from platform_app.stack import cloud_emulators, processes

TIMEOUT_SECONDS = 120.0  # seconds within which a server must answer


@dataclass(frozen=True)
class Server:
    """A started server's endpoint and the keys that it accepts."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


@contextmanager
def swift(directory: Path) -> Iterator[Server]:
    """Run an S3 server that checks signatures, with its data in the empty `directory`, until the block ends."""
    ports = {kind: processes.free_port() for kind in cloud_emulators.SERVER_KINDS}
    commands = cloud_emulators.swift_commands(
        directory, ports, secret="testing", page=10
    )  # so that small tests see several pages
    with ExitStack() as stack:
        started = {kind: stack.enter_context(_running(commands[kind], directory / f"{kind}.log")) for kind in ports}
        for kind, process in started.items():
            _wait_until_listening(ports[kind], process, directory / f"{kind}.log")
        yield Server(f"http://127.0.0.1:{ports['proxy']}", access_key=cloud_emulators.USER, secret_key="testing")


@contextmanager
def dynoxide(directory: Path) -> Iterator[Server]:
    """Run an empty DynamoDB server until the block ends."""
    port = processes.free_port()
    log = directory / "dynoxide.log"
    with _running([str(cloud_emulators.install_dynoxide()), "--port", str(port)], log) as process:
        _wait_until_listening(port, process, log)
        yield Server(f"http://127.0.0.1:{port}", access_key="tests", secret_key="tests")


@contextmanager
def cut_after(server: Server, size: int) -> Iterator[Server]:
    """A proxy of `server` that cuts every connection after `size` bytes of the response."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        Thread(target=_cut_connections, args=(listener, target, size), daemon=True).start()
        yield replace(server, endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def throttled(server: Server) -> Iterator[Server]:
    """A proxy of a DynamoDB server that takes one write of every batch and returns the others as unprocessed."""
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
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not processes.is_listening(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not answer:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)
