"""The operating system's user for PostgreSQL if Plaza runs as root, since PostgreSQL refuses root."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

from platform_app.stack.errors import StackError

POSTGRES_USER = "embedded_postgres"


def postgres_user() -> pwd.struct_passwd | None:
    """The user to run PostgreSQL as, created on first use; None if we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(POSTGRES_USER)
    except KeyError:
        return _create_user()


def chown(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Give `path` to the user that PostgreSQL runs as, and let that user reach it."""
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)
        allow_traversal(path, owner)


def allow_traversal(path: Path, user: pwd.struct_passwd) -> None:
    """Let `user` pass through the directories above `path` without reading them: only the search bit is added."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH and parent.stat().st_uid != user.pw_uid:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def allow_execution(program: Path, folders: list[Path], user: pwd.struct_passwd) -> None:
    """Let `user` run a program that was installed for root only, and read its folders."""
    if _can_run(program, user):
        return
    allow_traversal(program, user)
    for path in [entry for folder in folders for entry in (folder, *folder.rglob("*"))]:
        mode = stat.S_IMODE(path.stat().st_mode)
        runnable = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(mode | 0o044 | (0o011 if runnable else 0))
    if not _can_run(program, user):
        raise StackError(
            f"The user {POSTGRES_USER} may not run {program}; move the project to a directory it can read."
        )


def _can_run(program: Path, user: pwd.struct_passwd) -> bool:
    command = [str(program), "--version"]
    try:
        subprocess.run(
            command, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _create_user() -> pwd.struct_passwd:
    """Create the user; a concurrent first run may have created it already."""
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", POSTGRES_USER]
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    try:
        completed = subprocess.run(
            command, env={**os.environ, "PATH": search}, capture_output=True, text=True, check=False
        )
        return pwd.getpwnam(POSTGRES_USER)
    except FileNotFoundError:
        reason = "useradd is not installed"
    except KeyError:
        reason = completed.stderr.strip()
    raise StackError(f"PostgreSQL cannot run as root, and the user {POSTGRES_USER} could not be created: {reason}.")
