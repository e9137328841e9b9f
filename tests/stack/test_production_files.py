"""The configuration files of the production topology, checked by the programs that read them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from platform_app.infra.settings import ROOT
from platform_app.stack import nginx, processes
from platform_app.stack.embedded_services import DATABASE
from platform_app.stack.errors import StackError
from platform_app.stack.production import backing_services, databases, edge, programs, proxies, tiers, topology, up
from platform_app.stack.production.topology import TopologyConfig
from platform_app.stack.supervisor import Child
from tests.deploy.conftest import wait_until

ENV = {"PATH": programs.search_path()}


@pytest.fixture
def config(tmp_path: Path) -> TopologyConfig:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    return topology.load(tmp_path)


@contextmanager
def run_child(child: Child, port: int, log: Path) -> Iterator[None]:
    process = child.launch()
    try:
        wait_until(lambda: processes.is_listening(port), process=process, log=log)
        yield
    finally:
        processes.stop(process, sig=child.stop_signal)


def run_checked(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env=ENV)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_haproxy_accepts_its_file(config: TopologyConfig, tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(proxies.haproxy_config(config))
    assert "WARNING" not in run_checked(programs.find("haproxy"), "-c", "-f", file)


def test_pgbouncer_requires_the_password_of_the_apps_role(config: TopologyConfig) -> None:
    with run_child(proxies.pgbouncer_server(config, ENV), config.port("pgbouncer"), config.log("pgbouncer")):
        for role in ("plaza_app", "plaza"):
            url = f"postgresql://{role}:guessed@{config.address('pgbouncer')}/{DATABASE}"
            with pytest.raises(psycopg.OperationalError, match="authentication failed"):
                psycopg.connect(url, connect_timeout=30)
    # The owner's password passes no pooler, which would let the app use it.
    assert config.secrets["postgres"] not in (config.folder("pgbouncer") / "users.txt").read_text()


def test_only_commands_that_change_the_schema_have_the_owners_role(config: TopologyConfig) -> None:
    given = up.app_settings(config, "https://127.0.0.1:1")
    urls = [given["PLAZA_DATABASE_URL"], given["PLAZA_DATABASE_DIRECT_URL"], *given["PLAZA_REPLICA_URLS"].split(",")]
    assert {make_url(url).username for url in urls} == {"plaza_app"}
    assert config.secrets["postgres"] not in "".join(given.values())
    owner = make_url(up.owner_url(config))
    assert (owner.username, owner.password, owner.port) == ("plaza", config.secrets["postgres"], config.port("primary"))


def test_pgbouncer_has_a_name_for_every_server(config: TopologyConfig) -> None:
    assert proxies.pgbouncer_config(config, Path("users")).count("dbname=plaza") == 4


def test_patroni_reports_only_that_everything_is_on_one_machine(config: TopologyConfig, tmp_path: Path) -> None:
    file = tmp_path / "patroni.json"
    file.write_text(json.dumps(databases.patroni_config(config, 2)))
    with run_child(databases.etcd_server(config, ENV), config.port("etcd"), config.log("etcd")):
        command = [programs.find("patroni"), "--validate-config", file]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENV)
    complaints = {line.split()[0] for line in done.stderr.splitlines()}
    assert complaints == {
        "restapi.connect_address",
        "postgresql.connect_address",
        "postgresql.parameters.unix_socket_directories",  # there is none
    }


def test_nginx_accepts_both_colours(config: TopologyConfig) -> None:
    configured = edge.edge_config(config, port=processes.free_port(), count=2)
    nginx.write(configured, colour="blue", key=config.secrets["edge"])
    assert "warn" not in run_checked(*nginx.command(configured, "-t"))
    text = nginx.render(configured)
    assert all(config.address(name) in text for name in ("web-blue-1", "web-green-2", "api-blue-2", "api-green-1"))


def test_prometheus_accepts_its_file_and_the_charts_alerts(config: TopologyConfig, tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps(backing_services.prometheus_config(config, ["web-blue-1", "clock-1"])))
    alerts = (ROOT / "deploy/helm/plaza/files/alerts.yaml").read_text().count("alert: ")
    assert f"{alerts} rules found" in run_checked("promtool", "check", "config", file)
    assert tiers.metrics_address(config, "clock-1") in file.read_text()


def test_ports_and_secrets_stay_the_same_at_the_next_start(config: TopologyConfig, tmp_path: Path) -> None:
    ports = {name: config.port(name) for name in ("etcd", "primary", "mail")}
    assert len(set(ports.values())) == 3
    config.save()
    again = topology.load(tmp_path)
    assert ({name: again.port(name) for name in ports}, again.secrets) == (ports, config.secrets)


def test_a_held_process_is_not_started(config: TopologyConfig, tmp_path: Path) -> None:
    started: list[str] = []

    def launch() -> subprocess.Popen[bytes]:
        started.append("it")
        return subprocess.Popen(["true"])

    child = topology.topology_child(config, "postgres-1", databases.Stage.DATABASE, launch)
    topology.disable_restart(tmp_path, "postgres-1")
    with pytest.raises(StackError, match="held back"):
        child.launch()
    assert started == []
    topology.enable_all_restarts(tmp_path)
    child.launch().wait()
    assert started == ["it"]


def test_a_missing_program_is_named_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SERVER_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackError) as refused:
        programs.require_all()
    assert str(refused.value) == (
        "nginx, haproxy, pgbouncer, patroni, etcd, prometheus are not installed, which the production topology needs: "
        "apt-get install --no-install-recommends nginx-light libnginx-mod-http-brotli-static haproxy pgbouncer patroni "
        "python3-etcd etcd-server prometheus"
    )
