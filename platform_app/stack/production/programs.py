"""The programs of the production topology that come from Debian packages."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from platform_app.stack import nginx
from platform_app.stack.errors import StackError

# Programs and their Debian packages.
DEBIAN_PACKAGES = {
    "nginx": ("nginx-light", "libnginx-mod-http-brotli-static"),
    "haproxy": ("haproxy",),
    "pgbouncer": ("pgbouncer",),
    "patroni": ("patroni", "python3-etcd"),
    "etcd": ("etcd-server",),
    "prometheus": ("prometheus",),
}
SERVER_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # missing in an ordinary user's PATH
PYTHON_MODULES = ("swift", "aiosmtpd")


def find(name: str) -> Path:
    """The path of a program; raises if it is not installed."""
    found = shutil.which(name, path=search_path())
    if not found:
        raise StackError(missing_message([name]))
    return Path(found)


def require_all() -> None:
    """Raise unless every program is installed, with the one command that installs the missing ones."""
    missing_programs = [name for name in DEBIAN_PACKAGES if not shutil.which(name, path=search_path())]
    if missing_programs:
        raise StackError(missing_message(missing_programs))
    if not nginx.brotli_module():
        raise StackError(missing_message(["nginx"]))
    packages = [name for name in PYTHON_MODULES if not find_spec(name)]
    if packages:
        raise StackError(
            f"The production topology needs the packages of requirements-dev.txt, and {' and '.join(packages)} "
            "are missing; ./plaza check installs them."
        )


def missing_message(names: list[str]) -> str:
    """The message for missing programs."""
    packages = " ".join(package for name in names for package in DEBIAN_PACKAGES[name])
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{', '.join(names)} {verb} not installed, which the production topology needs: "
        f"apt-get install --no-install-recommends {packages}"
    )


def search_path() -> str:
    """PATH, and Debian's folders for servers."""
    return os.pathsep.join([os.environ.get("PATH", ""), *SERVER_FOLDERS])
