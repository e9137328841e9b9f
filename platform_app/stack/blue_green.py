"""The switch between two releases in a cluster: each service selects the pods of one colour."""

import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from platform_app.stack.errors import StackError

OTHER = {"blue": "green", "green": "blue"}
COLOUR_LABEL, PREVIOUS_ANNOTATION = "plaza/colour", "plaza/previous"
READY_SECONDS = 300
_API_SERVICE = re.compile(r"^plaza-api(-|$)")


def active(namespace: str) -> str:
    """The active colour."""
    colour = _service("web", namespace)["spec"]["selector"].get(COLOUR_LABEL, "")
    if colour not in OTHER:
        raise StackError("The service plaza-web selects no colour; is Plaza installed there, without Argo Rollouts?")
    return str(colour)


def switch(colour: str, *, namespace: str) -> str:
    """Make this colour active once all of it is ready; return the former one. Nothing has changed if this raises."""
    if colour not in OTHER:
        raise StackError(f'"{colour}" is not a colour; choose blue or green.')
    previous, tiers = active(namespace), _serving_tiers(namespace)
    for tier in tiers:
        name = f"deployment/plaza-{tier}-{colour}"
        _kubectl("rollout", "status", name, f"--timeout={READY_SECONDS}s", namespace=namespace)
    switched = []
    try:
        for tier in tiers:
            _patch_services(tier, colour, previous=previous, namespace=namespace)
            switched.append(tier)
        _update_background_images(colour, namespace=namespace)
    except StackError:
        for tier in reversed(switched):
            _patch_services(tier, previous, previous=colour, namespace=namespace)
        if len(switched) == len(tiers):
            _update_background_images(previous, namespace=namespace)
        raise
    return previous


def rollback(*, namespace: str) -> str:
    """Make the former colour active again; return it."""
    previous = _service("web", namespace)["metadata"].get("annotations", {}).get(PREVIOUS_ANNOTATION, "")
    if previous not in OTHER:
        raise StackError("There has been no switch yet, so there is no former colour.")
    switch(previous, namespace=namespace)
    return str(previous)


def _serving_tiers(namespace: str) -> list[str]:
    """The tiers that serve visitors, in the order of the switch: pages and API before sockets."""
    output = _kubectl("get", "services", "--output=json", namespace=namespace)
    names = [str(each["metadata"]["name"]) for each in json.loads(output)["items"]]
    tiers = [
        name.removeprefix("plaza-") for name in names if _API_SERVICE.match(name) and not name.endswith("-preview")
    ]
    return [*sorted(tiers, reverse=True), "web"]


def _patch_services(tier: str, colour: str, *, previous: str, namespace: str) -> None:
    """Point one tier's service at this colour, and its preview at the other one."""
    for service, target in ((f"plaza-{tier}", colour), (f"plaza-{tier}-preview", OTHER[colour])):
        patch = {
            "metadata": {"annotations": {PREVIOUS_ANNOTATION: previous}},
            "spec": {"selector": {COLOUR_LABEL: target}},
        }
        _kubectl("patch", "service", service, "--type=merge", f"--patch={json.dumps(patch)}", namespace=namespace)


def _update_background_images(colour: str, *, namespace: str) -> None:
    """Update workers and clock to this colour's release."""
    pods = _get("deployment", f"plaza-web-{colour}", namespace)["spec"]["template"]["spec"]
    image = pods["containers"][0]["image"]
    for name, container in _background_deployments(namespace).items():
        _kubectl("set", "image", f"deployment/{name}", f"{container}={image}", namespace=namespace)


def _background_deployments(namespace: str) -> dict[str, str]:
    output = _kubectl("get", "deployments", "--output=json", namespace=namespace)
    deployments = {}
    for each in json.loads(output)["items"]:
        template = each["spec"]["template"]
        if template["metadata"]["labels"].get("plaza/part") == "background":
            deployments[str(each["metadata"]["name"])] = str(template["spec"]["containers"][0]["name"])
    return deployments


def _service(tier: str, namespace: str) -> Mapping[str, Any]:
    return _get("service", f"plaza-{tier}", namespace)


def _get(kind: str, name: str, namespace: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_kubectl("get", kind, name, "--output=json", namespace=namespace))
    return found


def _kubectl(*arguments: str, namespace: str) -> str:
    command = ["kubectl", f"--namespace={namespace}", *arguments]
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StackError("kubectl is not installed here, or not on PATH.") from None
    if completed.returncode:
        message = (completed.stderr.strip() or completed.stdout.strip() or "it gave no reason").splitlines()[-1]
        raise StackError(f"kubectl {arguments[0]} {arguments[1]} {arguments[2]} failed: {message}")
    return completed.stdout
