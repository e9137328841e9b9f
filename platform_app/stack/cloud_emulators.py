"""Servers that replace S3 and DynamoDB on one machine, OpenStack Swift and dynoxide, for tests and drills."""

import fcntl
import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from platform_app.infra.settings import ROOT
from platform_app.stack.errors import StackError
from platform_app.stack.processes import HOST

ACCOUNT = "plaza"
USER = f"{ACCOUNT}:market"  # the access key for Swift
BACKENDS = ("account", "container", "object")
SERVER_KINDS = (*BACKENDS, "proxy")
PIPELINE = "catch_errors gatekeeper healthcheck listing_formats s3api tempauth bulk slo dlo proxy-server"
# Long timeouts: nothing here repairs a listing that misses an object because of a slow server.
TIMEOUTS = "conn_timeout = 10\nnode_timeout = 60\ncontainer_update_timeout = 60"
PACKAGES = ROOT / "deploy" / "cloud_emulators"  # pinned npm packages
BIN = Path(sys.executable).parent

# Run in a separate process, since Swift's imports warn. Each ring names the port of the one disk of its kind.
BUILD_RINGS_CODE = """
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


def swift_commands(directory: Path, ports: Mapping[str, int], *, secret: str, page: int = 1000) -> dict[str, list[str]]:
    """Write the configuration of Swift's servers, with their data below `directory`; return each command line by kind.

    `page` is the number of objects in a page of a bucket's listing.
    """
    if not find_spec("swift"):
        raise StackError("OpenStack Swift is not installed; it is one of the packages in requirements-dev.txt.")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = plaza\n")
    proxy = directory / "proxy.conf"
    proxy.touch(mode=0o600)  # it contains the secret
    proxy.write_text(_proxy_config(directory, ports["proxy"], secret=secret, page=page))
    for kind in BACKENDS:
        (directory / kind / "disk").mkdir(parents=True, exist_ok=True)
        (directory / f"{kind}.conf").write_text(_backend_config(directory, kind, ports[kind]))
    rings = [f"{directory}/{kind}={HOST}:{ports[kind]}" for kind in BACKENDS]
    subprocess.run([sys.executable, "-c", BUILD_RINGS_CODE, *rings], check=True)
    return {kind: [str(BIN / f"swift-{kind}-server"), str(directory / f"{kind}.conf")] for kind in SERVER_KINDS}


def install_dynoxide() -> Path:
    """The path of the server program, installed beside the programs of the virtual environment if missing."""
    installed = Path(sys.prefix) / "dynoxide"
    binary = installed / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"
    installed.mkdir(exist_ok=True)
    with (installed / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of several concurrent callers installs
        expected_lock = (PACKAGES / "package-lock.json").read_bytes()
        installed_lock = installed / "package-lock.json"
        if not binary.exists() or installed_lock.read_bytes() != expected_lock:
            shutil.copy(PACKAGES / "package.json", installed)
            shutil.copy(PACKAGES / "package-lock.json", installed)
            environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
            command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            completed = subprocess.run(
                command, cwd=installed, env=environment, capture_output=True, text=True, check=False
            )
            if completed.returncode:
                raise StackError(f"dynoxide could not be installed: {completed.stderr.strip()[-500:]}")
    return binary


def _common_config(directory: Path, port: int) -> str:
    return f"""
[DEFAULT]
bind_ip = {HOST}
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
{TIMEOUTS}
"""


def _proxy_config(directory: Path, port: int, *, secret: str, page: int) -> str:
    names = PIPELINE.split()[:-1]
    user = USER.replace(":", "_")
    settings = {
        "s3api": f"location = us-east-1\nmax_bucket_listing = {page}",
        "tempauth": f"user_{user} = {secret} .admin",
    }
    filters = "".join(f"\n[filter:{name}]\nuse = egg:swift#{name}\n{settings.get(name, '')}\n" for name in names)
    return f"""{_common_config(directory, port)}
[pipeline:main]
pipeline = {PIPELINE}

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{TIMEOUTS}
{filters}"""
