#!/usr/bin/env python3
"""Check the files below deploy/ and .github/ with tools that are too heavy for the tests.

Run it with `./.venv/bin/python deploy/check.py`. Terraform runs if it is installed; without network access,
TERRAFORM_PLUGINS names a folder with its provider. The other tools are installed into an environment of their own, from
deploy/requirements-checks.txt and deploy/package-lock.json: hadolint for the Dockerfile, the schemas of every custom
resource, checkov for manifests, Dockerfile and Terraform, zizmor and actionlint for workflows, a parser for Terraform.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import helm_python
import yaml

DEPLOY = Path(__file__).resolve().parent
ROOT = DEPLOY.parent
CHECKS_VENV = ROOT / ".venv" / "deploy-checks"
BIN = CHECKS_VENV / "bin"
NODE_ENVIRONMENT = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
GATEWAY = {"gateway": {"networks": ["10.20.0.0/24"]}}
VARIANTS = (GATEWAY, {**GATEWAY, "rollouts": {"enabled": True}, "postgres": {"enabled": True}})
# Rules of checkov that are disabled, with the reason.
SKIPPED_CHECKS = {
    "CKV_K8S_11": "no limit of processor time: it would slow a process down while the machine is idle",
    "CKV_K8S_43": "the pipeline inserts the digests",
    "CKV_K8S_35": "settings are only read from the environment",
    "CKV_K8S_15": "a tag never moves to another image, so a node's copy is always right",
    "CKV_DOCKER_7": "the base image is an argument with its own tag",
    "CKV_DOCKER_2": "the orchestrator has its own probes for each tier",
}


def main() -> None:
    """Run all checks; exit with 1 if one fails."""
    install()
    with TemporaryDirectory() as folder:
        manifests = render(Path(folder))
        results = {
            "hadolint": run_checker(BIN / "hadolint", DEPLOY / "docker" / "Dockerfile"),
            "custom resources": run_checker(ROOT / ".venv" / "bin" / "node", CHECKS_VENV / "check-resources.mjs", manifests / "all.json"),
            "checkov": run_checker(
                BIN / "checkov", "--skip-download", "--quiet", "--compact", "--directory", manifests, "--directory", DEPLOY / "docker",
                "--directory", DEPLOY / "terraform", "--framework", "kubernetes", "dockerfile", "terraform",
                "--skip-check", ",".join(SKIPPED_CHECKS),
            ),
            "terraform parses": run_checker(BIN / "python", "-c", PARSE_TERRAFORM_CODE, *sorted((DEPLOY / "terraform").glob("*.tf"))),
            "terraform": terraform(Path(folder)),
            "zizmor": run_checker(BIN / "zizmor", "--offline", "--quiet", ROOT / ".github" / "workflows"),
            "actionlint": run_checker(ROOT / ".venv" / "bin" / "node", CHECKS_VENV / "check-workflows.mjs", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))),
        }  # fmt: skip
    for name, is_good in results.items():
        print(f"{name:<18} {'ok' if is_good else 'failed'}")
    sys.exit(0 if all(results.values()) else 1)


PARSE_TERRAFORM_CODE = "import hcl2, sys; [hcl2.load(open(path)) for path in sys.argv[1:]]"


def install() -> None:
    """Install the tools unless they are installed."""
    for script in DEPLOY.glob("*.mjs"):
        (CHECKS_VENV / script.name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(script, CHECKS_VENV)  # beside their packages
    expected = (DEPLOY / "requirements-checks.txt").read_text() + (DEPLOY / "package-lock.json").read_text()
    marker = CHECKS_VENV / "installed"
    if marker.exists() and marker.read_text() == expected:
        return
    venv.create(CHECKS_VENV, with_pip=True)
    packages = [BIN / "pip", "install", "--quiet", "--require-hashes", "-r", DEPLOY / "requirements-checks.txt"]
    subprocess.run(packages, check=True)
    for name in ("package.json", "package-lock.json"):
        (CHECKS_VENV / name).write_text((DEPLOY / name).read_text())
    npm = [ROOT / ".venv" / "bin" / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(npm, cwd=CHECKS_VENV, env=NODE_ENVIRONMENT, check=True)
    marker.write_text(expected)


def render(folder: Path) -> Path:
    """Render the chart's manifests to files."""
    manifests = []
    for number, values in enumerate(VARIANTS):
        with helm_python.Chart.load(DEPLOY / "helm" / "plaza") as chart:
            rendered = chart.render(dict(values), name="plaza", namespace="plaza")
        objects = [each for text in rendered.values() for each in yaml.safe_load_all(text) if each]
        for each in objects:
            each["metadata"].setdefault("namespace", "plaza")
        (folder / f"variant-{number}.yaml").write_text(yaml.safe_dump_all(objects))
        manifests += objects
    (folder / "all.json").write_text(json.dumps(manifests))
    return folder


def terraform(folder: Path) -> bool:
    """Whether Terraform's files are well-formed and valid; true with a notice if Terraform is not installed."""
    if not shutil.which("terraform"):
        print("Terraform is not installed here: its files are only parsed.")
        return True
    copy = folder / "terraform"
    shutil.copytree(DEPLOY / "terraform", copy)
    plugins = os.environ.get("TERRAFORM_PLUGINS")
    plugin_options = [f"-plugin-dir={plugins}"] if plugins else []
    command = ["terraform", f"-chdir={copy}"]
    return (
        run_checker("terraform", "fmt", "-check", "-diff", DEPLOY / "terraform")
        and run_checker(*command, "init", "-backend=false", "-input=false", "-no-color", *plugin_options)
        and run_checker(*command, "validate", "-no-color")
    )


def run_checker(*command: str | Path) -> bool:
    """Whether a checker succeeds; its output is shown."""
    return subprocess.run([str(part) for part in command], env=NODE_ENVIRONMENT, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    main()
