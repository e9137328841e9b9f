"""The programs of the production topology that no Python package brings along."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from platform_app.stack import nginx
from platform_app.stack.errors import StackError

# Program: the Debian packages it comes with.
PACKAGES = {
    "nginx": ("nginx-light", "libnginx-mod-http-brotli-static"),
    "haproxy": ("haproxy",),
    "pgbouncer": ("pgbouncer",),
    "patroni": ("patroni", "python3-etcd"),
    "etcd": ("etcd-server",),
    "prometheus": ("prometheus",),
}
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # which an ordinary user's PATH leaves out
MODULES = ("swift", "aiosmtpd")


def find(name: str) -> Path:
    """Where a program is; raises when it is not installed."""
    found = shutil.which(name, path=search_path())
    if not found:
        raise StackError(missing([name]))
    return Path(found)


def require() -> None:
    """Raise unless everything is there, with the one line that installs the rest."""
    lacking = [name for name in PACKAGES if not shutil.which(name, path=search_path())]
    if lacking:
        raise StackError(missing(lacking))
    if not nginx.brotli_module():
        raise StackError(missing(["nginx"]))
    packages = [name for name in MODULES if not find_spec(name)]
    if packages:
        raise StackError(
            f"The production topology needs the packages of requirements-dev.txt, and {' and '.join(packages)} "
            "cannot be found; ./plaza check installs them."
        )


def missing(names: list[str]) -> str:
    """What to say when these programs are not there."""
    packages = " ".join(package for name in names for package in PACKAGES[name])
    are = "is" if len(names) == 1 else "are"
    return (
        f"{', '.join(names)} {are} not installed, which the production topology needs: "
        f"apt-get install --no-install-recommends {packages}"
    )


def search_path() -> str:
    """PATH, and where Debian keeps servers."""
    return os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
