"""What else there is in production: objects, documents, a mail server, and who keeps the figures."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from platform_app.infra import documents, storage
from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, stores
from platform_app.stack.production import programs, tiers
from platform_app.stack.production.plan import Plan, server
from platform_app.stack.supervisor import Child, Stage

BUCKET = "plaza-pictures"
TABLE = "plaza"
REGION = "us-east-1"
ALERTS = ROOT / "deploy" / "helm" / "plaza" / "files" / "alerts.yaml"
SCRAPE_SECONDS = 5


def swift(plan: Plan, env: Mapping[str, str]) -> list[Child]:
    """OpenStack Swift, which speaks S3."""
    ports = {kind: plan.port(f"swift-{kind}") for kind in stores.KINDS}
    commands = stores.swift(plan.folder("swift"), ports, secret=plan.secrets["objects"])
    return [server(plan, f"swift-{kind}", Stage.CACHES, list(command), env=env) for kind, command in commands.items()]


def dynoxide(plan: Plan, env: Mapping[str, str]) -> Child:
    """A server that speaks DynamoDB."""
    file = plan.folder("dynoxide") / "documents.db"
    command: list[str | Path] = [stores.dynoxide(), "--port", str(plan.port("dynoxide")), "--db-path", file]
    return server(plan, "dynoxide", Stage.CACHES, command, env=env)


def mail(plan: Plan, env: Mapping[str, str]) -> Child:
    """A mail server that keeps whatever it is given."""
    command: list[str | Path] = [sys.executable, "-m", "aiosmtpd", "-n", "-l", plan.address("mail")]
    command += ["-c", "aiosmtpd.handlers.Mailbox", plan.data / "letters"]
    return server(plan, "mail", Stage.CACHES, command, env=env)


def prometheus(plan: Plan, names: Sequence[str], env: Mapping[str, str]) -> Child:
    """Keeps the figures of every process, and looks at the alerts of the chart."""
    folder = plan.folder("prometheus")
    file = folder / "prometheus.yml"
    datadir.write(file, json.dumps(figures(plan, names), indent=1))
    command: list[str | Path] = [
        programs.find("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'figures'}",
        "--storage.tsdb.retention.time=2d",
        f"--web.listen-address={plan.address('prometheus')}",
    ]
    return server(plan, "prometheus", Stage.FRONT, command, env=env)


def figures(plan: Plan, names: Sequence[str]) -> dict[str, object]:
    """What Prometheus is told; JSON is YAML too."""
    targets = [
        {"targets": [tiers.figures(plan, name)], "labels": {"process": name, "tier": name.partition("-")[0]}}
        for name in names
    ]
    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{"job_name": "plaza", "static_configs": targets}],
    }


def settings(plan: Plan) -> dict[str, str]:
    """How the app finds objects, documents and the mail server."""
    return {
        "PLAZA_S3_BUCKET": BUCKET,
        "PLAZA_S3_ENDPOINT": f"http://{plan.address('swift-proxy')}",
        "PLAZA_S3_REGION": REGION,
        "PLAZA_S3_ACCESS_KEY": stores.USER,
        "PLAZA_S3_SECRET_KEY": plan.secrets["objects"],
        "PLAZA_DYNAMODB_TABLE": TABLE,
        "PLAZA_DYNAMODB_ENDPOINT": f"http://{plan.address('dynoxide')}",
        "PLAZA_DYNAMODB_REGION": REGION,
        "PLAZA_DYNAMODB_ACCESS_KEY": "plaza",
        "PLAZA_DYNAMODB_SECRET_KEY": plan.secrets["objects"],
        "PLAZA_SMTP_URL": f"smtp://{plan.address('mail')}",
        "PLAZA_MAIL_FROM": "Plaza <plaza@plaza.example>",
    }


def furnish(plan: Plan) -> None:
    """Make the bucket and the table, unless they are there."""
    given = settings(plan)
    client = boto3.client(
        "s3",
        endpoint_url=given["PLAZA_S3_ENDPOINT"],
        region_name=REGION,
        aws_access_key_id=given["PLAZA_S3_ACCESS_KEY"],
        aws_secret_access_key=given["PLAZA_S3_SECRET_KEY"],
        config=storage.client_config(given["PLAZA_S3_ENDPOINT"]),
    )
    if BUCKET not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=BUCKET)
    kept = documents.DynamoDocuments(
        table=TABLE,
        endpoint=given["PLAZA_DYNAMODB_ENDPOINT"],
        region=REGION,
        access_key=given["PLAZA_DYNAMODB_ACCESS_KEY"],
        secret_key=given["PLAZA_DYNAMODB_SECRET_KEY"],
    )
    try:
        kept.create_table()
    except documents.DocumentsUnavailable as error:
        cause = error.__cause__
        if not isinstance(cause, ClientError) or cause.response["Error"]["Code"] != "ResourceInUseException":
            raise
