"""The alerts fire when they should, use metrics that exist, and each has its runbook."""

import re
import subprocess

import yaml
from prometheus_client import REGISTRY

from platform_app.infra import metrics
from platform_app.infra.settings import ROOT

RULES = ROOT / "deploy" / "helm" / "plaza" / "files" / "alerts.yaml"
TESTS = ROOT / "tests" / "deploy" / "alerts.yaml"


def rules() -> list[dict[str, dict[str, str]]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_every_alert_fires_exactly_when_it_should() -> None:
    for arguments in (("check", "rules", str(RULES)), ("test", "rules", str(TESTS))):
        ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    tried = {
        test["alertname"] for each in yaml.safe_load(TESTS.read_text())["tests"] for test in each["alert_rule_test"]
    }
    assert tried == {rule["alert"] for rule in rules()}


def test_every_alert_uses_metrics_that_plaza_exports() -> None:
    assert metrics.LOOP_LAG in REGISTRY._collector_to_names
    known = {name for names in REGISTRY._collector_to_names.values() for name in names}
    for rule in rules():
        referenced = set(re.findall(r"plaza_\w+", str(rule["expr"])))
        assert referenced - known == set(), rule["alert"]


def test_every_alert_has_a_runbook() -> None:
    for rule in rules():
        assert (ROOT / rule["annotations"]["runbook"]).is_file(), rule["alert"]
