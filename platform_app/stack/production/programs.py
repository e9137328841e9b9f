"""The programs of the production topology that no Python package brings along."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from platform_app.stack import nginx
from platform_app.stack.errors import StackError

# Program: the Debian packages it comes with.
DEBIAN_PACKAGES = {
    "nginx": ("nginx-light", "libnginx-mod-http-brotli-static"),
    "haproxy": ("haproxy",),
    "pgbouncer": ("pgbouncer",),
    "patroni": ("patroni", "python3-etcd"),
    "etcd": ("etcd-server",),
    "prometheus": ("prometheus",),
}
SERVER_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # which an ordinary user's PATH leaves out
PYTHON_MODULES = ("swift", "aiosmtpd")


def find(name: str) -> Path:
    """Where a program is; raises when it is not installed."""
    found = shutil.which(name, path=search_path())
    if not found:
        raise StackError(missing_message([name]))
    return Path(found)


def require_all() -> None:
    """Raise unless everything is there, with the one line that installs the rest."""
    missing_programs = [name for name in DEBIAN_PACKAGES if not shutil.which(name, path=search_path())]
    if missing_programs:
        raise StackError(missing_message(missing_programs))
    if not nginx.brotli_module():
        raise StackError(missing_message(["nginx"]))
    packages = [name for name in PYTHON_MODULES if not find_spec(name)]
    if packages:
        raise StackError(
            f"The production topology needs the packages of requirements-dev.txt, and {' and '.join(packages)} "
            "cannot be found; ./plaza check installs them."
        )


def missing_message(names: list[str]) -> str:
    """What to say when these programs are not there."""
    packages = " ".join(package for name in names for package in DEBIAN_PACKAGES[name])
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{', '.join(names)} {verb} not installed, which the production topology needs: "
        f"apt-get install --no-install-recommends {packages}"
    )


def search_path() -> str:
    """PATH, and where Debian keeps servers."""
    return os.pathsep.join([os.environ.get("PATH", ""), *SERVER_FOLDERS])
