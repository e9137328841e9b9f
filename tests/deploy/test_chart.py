"""The chart's manifests: valid, restricted, and consistent with the app's settings, probes, ports and queues."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from fastapi.routing import APIRoute

from platform_app.domain.imports.rules import budgets
from platform_app.infra import engines
from platform_app.infra.outbox import EVENT_QUEUE
from platform_app.infra.settings import ROOT, Settings
from platform_app.rest import health
from platform_app.rest.routers import group_paths
from platform_app.stack import container_edges, nginx, postgres
from state.core.lifespan import DRAIN_SIGNAL
from state.core.sockets import DRAIN_SECONDS
from workers.queues import QUEUES, WORKERS

CHART = ROOT / "deploy" / "helm" / "plaza"
VERSION = "1.34"
NEEDED = {"gateway": {"networks": ["10.20.0.0/24", "fd00:20::/64"]}}
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "both colours": {"colours": {"green": {"enabled": True, "tag": "2"}}, "active": "green"},
    "with rollouts and a database": {"rollouts": {"enabled": True}, "postgres": {"enabled": True}},
    "with services of their own": {
        "api": {
            "services": {
                "selling": {"services": ["editing", "imports"], "replicas": 2},
                "files": {"services": ["media"]},
            }
        }
    },
    "with replicas and a pooler": {"database": {"replicas": True, "pooler": True}, "postgres": {"enabled": True}},
    "as small as can be": {"autoscaling": {"enabled": False}, "monitoring": {"enabled": False}},
}


@cache
def manifests(variant: str) -> list[dict[str, Any]]:
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render({**NEEDED, **VARIANTS[variant]}, name="plaza", namespace="plaza")
    return [found for text in rendered.values() for found in yaml.safe_load_all(text) if found]


def pod_templates(variant: str) -> dict[str, dict[str, Any]]:
    kinds = ("Deployment", "Rollout", "Job")
    found = [each for each in manifests(variant) if each["kind"] in kinds]
    return {each["metadata"]["name"]: each["spec"]["template"] for each in found}


def containers(variant: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, container)
        for name, template in pod_templates(variant).items()
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"])
    ]


def test_the_chart_has_no_warnings() -> None:
    lint_result = helm_python.lint(CHART, strict=True)
    assert [message for message in lint_result["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_kubernetes_objects_match_their_schemas(variant: str) -> None:
    checked = 0
    for each in manifests(variant):
        try:
            kubernetes_validate.validate(each, VERSION, strict=True)
            checked += 1
        except kubernetes_validate.SchemaNotFoundError:
            assert each["apiVersion"].split("/")[0] not in ("v1", "apps", "batch", "policy", "autoscaling")
    assert checked > 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"active": "red"},
        {"settings": {"OTHER": "x"}},
        {"web": {"replicas": 0}},
        {"typo": 1},
        {"api": {"services": {"selling": {"services": ["nonsense"]}}}},
        {"api": {"services": {"first": {"services": ["pages"]}}}},
        {"api": {"services": {"first": {"services": ["media"]}, "second": {"services": ["media"]}}}},
    ],
)
def test_invalid_values_are_refused(wrong: dict[str, Any]) -> None:
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmError):
        chart.render({**NEEDED, **wrong}, name="plaza", namespace="plaza")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_setting_in_the_manifests_is_one_that_plaza_reads(variant: str) -> None:
    known = {f"PLAZA_{name.upper()}" for name in Settings.model_fields}
    given = {
        name for each in manifests(variant) if each["kind"] == "ConfigMap" for name in each["data"] if name.isupper()
    }
    secret = {
        entry["secretKey"]
        for each in manifests(variant)
        if each["kind"] == "ExternalSecret" and each["metadata"]["name"] == "plaza"
        for entry in each["spec"]["data"]
    }
    assert (given | secret) - known == set()
    required = {problem.split()[0] for problem in Settings(env="production").problems()}  # type: ignore[arg-type]
    assert {name for name in required if name.startswith("PLAZA_")} - (given | secret) == set()


def test_replicas_and_pooler_reach_the_settings_of_every_tier() -> None:
    def settings_in(variant: str) -> set[str]:
        found = [each for each in manifests(variant) if each["metadata"]["name"] == "plaza"]
        plain = {name for each in found if each["kind"] == "ConfigMap" for name in each["data"]}
        secret = {
            entry["secretKey"] for each in found if each["kind"] == "ExternalSecret" for entry in each["spec"]["data"]
        }
        return plain | secret

    added = {"PLAZA_REPLICA_URLS", "PLAZA_DATABASE_POOLER", "PLAZA_DATABASE_DIRECT_URL"}
    assert settings_in("with replicas and a pooler") - settings_in("as it is") == added
    (pooler,) = [each["spec"] for each in manifests("with replicas and a pooler") if each["kind"] == "Pooler"]
    assert pooler["pgbouncer"]["poolMode"] == "transaction"
    (cluster,) = [each["spec"] for each in manifests("with replicas and a pooler") if each["kind"] == "Cluster"]
    init_sql = " ".join(cluster["bootstrap"]["initdb"]["postInitSQL"])
    assert all(f"plaza_app SET {name} = '{value}'" in init_sql for name, value in engines.SESSION_SETTINGS.items())


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_the_migration_has_the_owner_of_the_schema(variant: str) -> None:
    def sources(container: dict[str, Any]) -> str:
        return f"{container.get('envFrom')} {container.get('env')}"

    having = {name for name, container in containers(variant) if "owner" in sources(container).lower()}
    assert having == {"plaza-migrate"}


def test_a_release_deploys_the_edge_by_its_digest(tmp_path: Path) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    pinned = "docker.io/library/nginx@sha256:" + "0" * 64
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n[ "$1" = pull ] || echo {pinned}\n')
    docker.chmod(0o755)
    command = [ROOT / "deploy" / "ci" / "pin"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"--set-string=edge.image={pinned}\n"
    assert (tmp_path / "calls").read_text().splitlines()[0] == f"pull --quiet {values['edge']['image']}"
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render({**NEEDED, "edge": {"image": pinned}}, name="plaza", namespace="plaza")
    assert f"image: {pinned}" in "".join(rendered.values())


def test_the_databases_role_for_the_app_gets_the_same_grants_everywhere() -> None:
    (cluster,) = [each["spec"] for each in manifests("with replicas and a pooler") if each["kind"] == "Cluster"]
    assert [role["name"] for role in cluster["managed"]["roles"]] == [postgres.RUNTIME_USER]
    bootstrap = cluster["bootstrap"]["initdb"]
    granted = [*bootstrap["postInitSQL"], *bootstrap["postInitApplicationSQL"]]
    script = (ROOT / "deploy" / "docker" / "postgres-roles.sh").read_text()
    for grant in postgres.GRANTS:
        if "ON ALL" in grant:  # a new database has no tables
            continue
        assert grant.format(role="plaza_app", owner="plaza") in granted
        assert grant.format(role="plaza_app", owner=':"owner"') in script


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_probe_uses_a_path_and_a_port_that_the_app_serves(variant: str) -> None:
    known_paths = {route.path for route in health.router.routes if isinstance(route, APIRoute)} | {
        "/ping",
        "/edge/live",
    }
    for name, container in containers(variant):
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container.get(kind, {})
            if "httpGet" in probe:
                assert probe["httpGet"]["path"] in known_paths, (name, kind)
            probe_port = (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")
            assert probe_port is None or probe_port in ports, (name, kind)
        arguments = container.get("args", [])
        if "--port" in arguments:
            assert int(arguments[arguments.index("--port") + 1]) == ports["http"]
    exposed = (ROOT / "deploy" / "docker" / "Dockerfile").read_text().split("EXPOSE ")[1].splitlines()[0].split()
    assert {str(port) for port in (8000, 8001, 9100)} == set(exposed)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_service_selects_pods_with_its_ports(variant: str) -> None:
    labelled = {name: template["metadata"]["labels"] for name, template in pod_templates(variant).items()}
    for each in manifests(variant):
        if each["kind"] != "Service" or each["metadata"]["name"].endswith("-preview"):
            continue
        selector = each["spec"]["selector"].items()
        matching = [name for name, labels in labelled.items() if selector <= labels.items()]
        assert matching, each["metadata"]["name"]
        if each["metadata"]["name"] in ("plaza-web", "plaza-api", "plaza-edge"):
            port_names = {
                port["name"] for port in pod_templates(variant)[matching[0]]["spec"]["containers"][0]["ports"]
            }
            assert {port["targetPort"] for port in each["spec"]["ports"]} <= port_names


def test_visitors_reach_the_active_colour_only() -> None:
    services = {
        each["metadata"]["name"]: each["spec"] for each in manifests("both colours") if each["kind"] == "Service"
    }
    for tier in ("web", "api"):
        assert services[f"plaza-{tier}"]["selector"]["plaza/colour"] == "green"
        assert services[f"plaza-{tier}-preview"]["selector"]["plaza/colour"] == "blue"
    images = {name: container["image"] for name, container in containers("both colours")}
    assert (images["plaza-web-green"], images["plaza-web-blue"]) == (
        "registry.example/plaza:2",
        "registry.example/plaza:0.1.0",
    )
    assert images["plaza-clock"] == images["plaza-web-green"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_pods_run_with_minimal_privileges(variant: str) -> None:
    for name, template in pod_templates(variant).items():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["seccompProfile"]) == (
            True,
            {"type": "RuntimeDefault"},
        )
    for name, container in containers(variant):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]


def test_every_worker_has_time_to_finish() -> None:
    found = {
        container["args"][1]: template["spec"]["terminationGracePeriodSeconds"]
        for name, template in pod_templates("as it is").items()
        for container in template["spec"]["containers"]
        if container.get("args", [""])[0] == "worker"
    }
    assert set(found) == set(WORKERS)
    assert min(found.values()) > 3600
    scaled = {each["metadata"]["name"] for each in manifests("as it is") if each["kind"] == "ScaledObject"}
    assert scaled == {f"plaza-worker-{name}" for name in WORKERS}


def test_each_worker_is_scaled_by_the_queues_that_it_serves() -> None:
    queries = {
        each["metadata"]["name"].removeprefix("plaza-worker-"): each["spec"]["triggers"][0]["metadata"]["query"]
        for each in manifests("as it is")
        if each["kind"] == "ScaledObject"
    }
    found = {name: re.search(r'queue(=|!~)"([^"]+)"', query) for name, query in queries.items()}
    for name, match in found.items():
        assert match, name
        operator, value = match.groups()
        counted = [queue for queue in (*QUEUES, EVENT_QUEUE) if (operator == "=") == (queue in value.split("|"))]
        assert tuple(counted) == WORKERS[name]


def test_web_processes_drain_their_sockets_before_they_end() -> None:
    for name, template in pod_templates("both colours").items():
        for container in template["spec"]["containers"]:
            command = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [""])[-1]
            match = re.fullmatch(r"sleep (\d+); kill -(\w+) 1; sleep (\d+)", command)
            assert bool(match) == (container.get("args", [""])[0] == "web"), name
            if match:
                before, signal, after = match.groups()
                assert f"SIG{signal}" == DRAIN_SIGNAL.name
                assert int(after) > DRAIN_SECONDS
                assert int(before) + int(after) < template["spec"]["terminationGracePeriodSeconds"]


def test_every_serving_tier_has_a_disruption_budget() -> None:
    protected = {
        each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        for each in manifests("as it is")
        if each["kind"] == "PodDisruptionBudget"
    }
    assert {"web", "api", "edge", "clock", *(f"worker-{name}" for name in WORKERS)} == protected


@pytest.mark.parametrize("networks", [None, [], ["10.0.0.1; evil"], "10.0.0.0/8"])
def test_a_chart_that_does_not_know_its_gateway_is_refused(networks: object) -> None:
    values = {} if networks is None else {"gateway": {"networks": networks}}
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmError, match=r"gateway|networks"):
        chart.render(values, name="plaza", namespace="plaza")


def test_the_edge_believes_its_gateway_and_a_cdn_and_nobody_else() -> None:
    (edge,) = [
        each
        for each in manifests("as it is")
        if (each["kind"], each["metadata"]["name"]) == ("ConfigMap", "plaza-edge")
    ]
    believed = re.findall(r"set_real_ip_from (\S+);", "".join(edge["data"].values()))
    assert believed == ["10.20.0.0/24", "fd00:20::/64"]
    assert "include /etc/plaza-edge/proxies.conf;" in edge["data"]["nginx.conf"]


def test_nginx_accepts_the_edges_configuration_of_the_chart(tmp_path: Path) -> None:
    stored_config = (CHART / "files" / "nginx.conf").read_text()
    assert stored_config == nginx.render(container_edges.kubernetes())
    checked = nginx_check(stored_config, tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_api_groups_have_processes_services_and_paths(tmp_path: Path) -> None:
    variant = "with services of their own"
    stored = (CHART / "files" / container_edges.SERVICES_FILE).read_text()
    assert stored == container_edges.services_file_text(group_paths())
    options = {
        name: container["args"][1:3]
        for name, container in containers(variant)
        if container.get("args", [""])[0] == "api"
    }
    assert options == {
        "plaza-api-blue": ["--without", "media,editing,imports"],
        "plaza-api-selling-blue": ["--services", "editing,imports"],
        "plaza-api-files-blue": ["--services", "media"],
    }
    autoscalers = {
        each["metadata"]["name"]: each["spec"]
        for each in manifests(variant)
        if each["kind"] == "HorizontalPodAutoscaler"
    }
    assert (
        autoscalers["plaza-api-selling-blue"]["minReplicas"],
        autoscalers["plaza-api-files-blue"]["minReplicas"],
    ) == (2, 3)
    edge = next(each for each in manifests(variant) if each["kind"] == "ConfigMap" and "services.map" in each["data"])
    addresses = {each["metadata"]["name"] for each in manifests(variant) if each["kind"] == "Service"}
    assert set(re.findall(r"server ([\w-]+):8001", edge["data"]["services.conf"])) == {
        f"plaza-api-{name}{suffix}" for name in ("selling", "files") for suffix in ("", "-preview")
    }
    assert set(re.findall(r"server ([\w-]+):8001", edge["data"]["services.conf"])) < addresses
    mapped_paths = re.findall(r'^"~(.+)" api_(\w+);$', edge["data"]["services.map"], re.MULTILINE)
    assert dict(mapped_paths) == {
        **dict.fromkeys((*group_paths()["editing"], *group_paths()["imports"]), "selling"),
        **dict.fromkeys(group_paths()["media"], "files"),
    }
    for name in ("services.map", "services.conf"):
        (tmp_path / name).write_text(re.sub(r"plaza-api[\w-]*", "127.0.0.1", edge["data"][name]))
    checked = nginx_check((CHART / "files" / "nginx.conf").read_text(), tmp_path)
    assert checked.returncode == 0, checked.stderr
    allowed = next(
        each
        for each in manifests(variant)
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "plaza-edge"
    )
    reached = allowed["spec"]["egress"][0]["to"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert set(reached) == {"web", "api", "api-selling", "api-files"}


def nginx_check(configuration: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # The names of a cluster resolve in it alone; everything else stays as rendered.
    local_config = re.sub(r"plaza-(web|api)(-preview)?:", "127.0.0.1:", configuration)
    for path in ("/run/plaza", "/etc/plaza-edge", "/var/cache/plaza"):
        local_config = local_config.replace(path, str(folder))
    (folder / "nginx.conf").write_text(local_config)
    (folder / "proxies.conf").write_text("set_real_ip_from 10.20.0.0/24;")
    nginx.activate(folder, "active")
    nginx.write_new_key(folder)
    command = ["nginx", "-t", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_compose_file_has_the_same_tiers() -> None:
    composed = yaml.safe_load((ROOT / "deploy" / "docker" / "compose.yaml").read_text())["services"]
    commands = [service["command"] for service in composed.values() if "command" in service]
    assert {command[1] for command in commands if command[0] == "worker"} == set(WORKERS)
    assert {"web", "api", "clock", "db", "publish"} <= {command[0] for command in commands}
    known = {f"PLAZA_{name.upper()}" for name in Settings.model_fields}
    given = {
        line.split("=")[0]
        for line in (ROOT / "deploy" / "docker" / "plaza.env.example").read_text().splitlines()
        if line.startswith("PLAZA_")
    }
    for service in composed.values():
        given |= {name for name in service.get("environment", {}) if name.startswith("PLAZA_")}
    assert given - known == set()
    plaza_services = [
        service
        for name, service in composed.items()
        if "plaza" in str(service.get("image", "")).lower() and "build" in service
    ]
    assert len(plaza_services) == len(WORKERS) + 5  # migrate, publish, web, api, clock
    for service in plaza_services:
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:10001", ["ALL"])


def test_the_overlay_renders_the_chart_with_valid_values() -> None:
    folder = ROOT / "deploy" / "kustomize" / "production"
    overlay = yaml.safe_load((folder / "kustomization.yaml").read_text())
    chart = overlay["helmCharts"][0]
    assert (folder / overlay["helmGlobals"]["chartHome"] / chart["name"]).resolve() == CHART
    values = yaml.safe_load((folder / chart["valuesFile"]).read_text())
    with helm_python.Chart.load(CHART) as loaded:
        rendered = loaded.render(values, name=chart["releaseName"], namespace=chart["namespace"])
    found = [each for text in rendered.values() for each in yaml.safe_load_all(text) if each]
    target = overlay["patches"][0]["target"]
    named = [each["metadata"]["name"] for each in found if each["kind"] == target["kind"]]
    assert {name for name in named if re.fullmatch(target["name"], name)} == {"plaza-web-blue", "plaza-api-blue"}
    for each in yaml.safe_load_all((folder / "namespace.yaml").read_text()):
        kubernetes_validate.validate(each, VERSION, strict=True)


def test_terraform_outputs_are_settings_that_plaza_reads() -> None:
    given = set(
        re.findall(r"^\s+(PLAZA_\w+)\s+=", (ROOT / "deploy" / "terraform" / "outputs.tf").read_text(), re.MULTILINE)
    )
    assert "PLAZA_S3_BUCKET" in given
    assert given - {f"PLAZA_{name.upper()}" for name in Settings.model_fields} == set()


def test_the_workbook_reader_and_a_file_leave_a_worker_most_of_its_memory() -> None:
    (pod,) = (template["spec"] for name, template in pod_templates("as it is").items() if "imports" in name)
    limit = _bytes(pod["containers"][0]["resources"]["limits"]["memory"])
    (disk,) = (_bytes(volume["emptyDir"]["sizeLimit"]) for volume in pod["volumes"] if volume["name"] == "tmp")
    assert limit > 2 * budgets.READER_MEMORY
    assert disk > budgets.MAX_FILE_BYTES
    # What is left for the worker itself when both take their maximum.
    assert limit - budgets.READER_MEMORY - budgets.MAX_FILE_BYTES >= 448 * 1024**2


def _bytes(quantity: str) -> int:
    units = {"Mi": 1024**2, "Gi": 1024**3}
    return int(quantity[:-2]) * units[quantity[-2:]]
