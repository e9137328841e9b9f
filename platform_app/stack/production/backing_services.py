"""Backing services of the production topology besides the databases: objects, documents, mail, metrics."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from platform_app.infra import document_store, storage
from platform_app.infra.settings import ROOT
from platform_app.stack import cloud_emulators, datadir
from platform_app.stack.production import programs, tiers
from platform_app.stack.production.topology import TopologyConfig, server_child
from platform_app.stack.supervisor import Child, Stage

BUCKET = "plaza-pictures"
TABLE = "plaza"
REGION = "us-east-1"
ALERTS = ROOT / "deploy" / "helm" / "plaza" / "files" / "alerts.yaml"
SCRAPE_SECONDS = 5


def swift_servers(config: TopologyConfig, env: Mapping[str, str]) -> list[Child]:
    """OpenStack Swift, with its S3 API."""
    ports = {kind: config.port(f"swift-{kind}") for kind in cloud_emulators.SERVER_KINDS}
    commands = cloud_emulators.swift_commands(config.folder("swift"), ports, secret=config.secrets["objects"])
    return [
        server_child(config, f"swift-{kind}", Stage.CACHES, list(command), env=env)
        for kind, command in commands.items()
    ]


def dynoxide_server(config: TopologyConfig, env: Mapping[str, str]) -> Child:
    """A server with the API of DynamoDB."""
    file = config.folder("dynoxide") / "documents.db"
    command: list[str | Path] = [
        cloud_emulators.install_dynoxide(),
        "--port",
        str(config.port("dynoxide")),
        "--db-path",
        file,
    ]
    return server_child(config, "dynoxide", Stage.CACHES, command, env=env)


def mail_server(config: TopologyConfig, env: Mapping[str, str]) -> Child:
    """A mail server that stores every mail."""
    command: list[str | Path] = [sys.executable, "-m", "aiosmtpd", "-n", "-l", config.address("mail")]
    command += ["-c", "aiosmtpd.handlers.Mailbox", config.data / "letters"]
    return server_child(config, "mail", Stage.CACHES, command, env=env)


def prometheus_server(config: TopologyConfig, names: Sequence[str], env: Mapping[str, str]) -> Child:
    """Prometheus, which stores every process's metrics and evaluates the chart's alerts."""
    folder = config.folder("prometheus")
    file = folder / "prometheus.yml"
    datadir.write(file, json.dumps(prometheus_config(config, names), indent=1))
    command: list[str | Path] = [
        programs.find("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'figures'}",
        "--storage.tsdb.retention.time=2d",
        f"--web.listen-address={config.address('prometheus')}",
    ]
    return server_child(config, "prometheus", Stage.FRONT, command, env=env)


def prometheus_config(config: TopologyConfig, names: Sequence[str]) -> dict[str, object]:
    """Prometheus's configuration, as JSON, which is valid YAML."""
    targets = [
        {"targets": [tiers.metrics_address(config, name)], "labels": {"process": name, "tier": name.partition("-")[0]}}
        for name in names
    ]
    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{"job_name": "plaza", "static_configs": targets}],
    }


def settings(config: TopologyConfig) -> dict[str, str]:
    """The settings with which the app finds objects, documents and the mail server."""
    return {
        "PLAZA_S3_BUCKET": BUCKET,
        "PLAZA_S3_ENDPOINT": f"http://{config.address('swift-proxy')}",
        "PLAZA_S3_REGION": REGION,
        "PLAZA_S3_ACCESS_KEY": cloud_emulators.USER,
        "PLAZA_S3_SECRET_KEY": config.secrets["objects"],
        "PLAZA_DYNAMODB_TABLE": TABLE,
        "PLAZA_DYNAMODB_ENDPOINT": f"http://{config.address('dynoxide')}",
        "PLAZA_DYNAMODB_REGION": REGION,
        "PLAZA_DYNAMODB_ACCESS_KEY": "plaza",
        "PLAZA_DYNAMODB_SECRET_KEY": config.secrets["objects"],
        "PLAZA_SMTP_URL": f"smtp://{config.address('mail')}",
        "PLAZA_MAIL_FROM": "Plaza <plaza@plaza.example>",
    }


def create_bucket_and_table(config: TopologyConfig) -> None:
    """Create the bucket and the table unless they exist."""
    values = settings(config)
    client = boto3.client(
        "s3",
        endpoint_url=values["PLAZA_S3_ENDPOINT"],
        region_name=REGION,
        aws_access_key_id=values["PLAZA_S3_ACCESS_KEY"],
        aws_secret_access_key=values["PLAZA_S3_SECRET_KEY"],
        config=storage.client_config(values["PLAZA_S3_ENDPOINT"]),
    )
    if BUCKET not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=BUCKET)
    store = document_store.DynamoDocumentStore(
        table=TABLE,
        endpoint=values["PLAZA_DYNAMODB_ENDPOINT"],
        region=REGION,
        access_key=values["PLAZA_DYNAMODB_ACCESS_KEY"],
        secret_key=values["PLAZA_DYNAMODB_SECRET_KEY"],
    )
    try:
        store.create_table()
    except document_store.DocumentsUnavailable as error:
        cause = error.__cause__
        if not isinstance(cause, ClientError) or cause.response["Error"]["Code"] != "ResourceInUseException":
            raise
