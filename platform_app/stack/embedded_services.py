"""The embedded services: PostgreSQL and two Valkeys; each is left out if an external one is configured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import Popen

from platform_app.infra.settings import Environment
from platform_app.stack import backup, datadir, postgres, processes, valkey
from platform_app.stack.errors import StackError
from platform_app.stack.os_user import chown, postgres_user
from platform_app.stack.supervisor import Child, Stage

DATABASE = "plaza"
SETTINGS = {
    "postgres": "PLAZA_DATABASE_URL",
    "state": "PLAZA_STATE_REDIS_URL",
    "work": "PLAZA_WORK_REDIS_URL",
}


@dataclass(frozen=True)
class EmbeddedService:
    """An embedded service: how to start it, and the setting with its URL."""

    child: Child
    setting: str
    url: str
    wait: Callable[[Popen[bytes]], None]
    owner_url: str = ""  # for the commands that change the schema


def embedded(data: Path, environment: Mapping[str, str]) -> list[EmbeddedService]:
    """The embedded services to start, with their own ports and passwords."""
    missing = [name for name, setting in SETTINGS.items() if not environment.get(setting)]
    if missing and environment.get("PLAZA_ENV") == Environment.PRODUCTION:
        names = ", ".join(SETTINGS[name] for name in missing)
        raise StackError(f"PLAZA_ENV is production, which needs external services; set {names}.")
    passwords = datadir.passwords(data, postgres.new_password)
    return [FACTORIES[name](data, name, passwords, environment) for name in missing]


def _postgres_service(
    data: Path, name: str, passwords: Mapping[str, str], environment: Mapping[str, str]
) -> EmbeddedService:
    port, password, runtime_password = processes.free_port(), passwords[name], passwords["runtime"]
    directory, log = data / name, data / "logs" / f"{name}.log"
    archive = environment.get("PLAZA_WAL_ARCHIVE")

    def launch() -> Popen[bytes]:
        postgres.initialise(directory, password=password, log=log)
        options = backup.archive_options(_prepare_archive(Path(archive))) if archive else {}
        return postgres.launch(directory, port=port, log=log, options=options)

    def wait(process: Popen[bytes]) -> None:
        postgres.wait_ready(process, port=port, password=password, log=log)
        postgres.ensure_database(DATABASE, port=port, password=password)
        postgres.ensure_runtime_role(DATABASE, port=port, password=password, runtime_password=runtime_password)

    child = Child(name=name, stage=Stage.DATABASE, launch=launch, stop_signal=postgres.STOP)
    return EmbeddedService(
        child=child,
        setting=SETTINGS[name],
        url=postgres.url(port, runtime_password, DATABASE, user=postgres.RUNTIME_USER),
        wait=wait,
        owner_url=postgres.url(port, password, DATABASE),
    )


def _prepare_archive(folder: Path) -> Path:
    """The directory for the WAL archive, created if missing and owned by the server."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        chown(folder, postgres_user())
    except OSError as error:
        raise StackError(f"PLAZA_WAL_ARCHIVE, {folder}, cannot be used: {error.strerror}.") from error
    return folder.resolve()


def _valkey_service(data: Path, name: str, passwords: Mapping[str, str], _: Mapping[str, str]) -> EmbeddedService:
    port, password = processes.free_port(), passwords[name]
    title, log = f"valkey-{name}", data / "logs" / f"valkey-{name}.log"
    launch = partial(valkey.launch, data / title, port=port, password=password, log=log)
    wait = partial(valkey.wait_ready, port=port, password=password, log=log)
    child = Child(name=title, stage=Stage.CACHES, launch=launch, stop_signal=valkey.STOP)
    return EmbeddedService(child=child, setting=SETTINGS[name], url=valkey.url(port, password), wait=wait)


FACTORIES = {"postgres": _postgres_service, "state": _valkey_service, "work": _valkey_service}
