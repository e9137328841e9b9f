"""Switching colours in a cluster, with a fake kubectl that stores the cluster's objects in a file."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platform_app.stack import blue_green
from platform_app.stack.errors import StackError

KUBECTL = f"""#!{sys.executable}
import json, sys
from pathlib import Path
folder = Path(__file__).parent
arguments = [each for each in sys.argv[1:] if not each.startswith("--namespace=")]
with (folder / "asked").open("a") as log:
    print(json.dumps(arguments), file=log)
objects = json.loads((folder / "objects.json").read_text())
failing = (folder / "failing").read_text().strip() if (folder / "failing").exists() else ""
if failing and failing in " ".join(arguments):
    sys.exit("error: " + failing + " was refused")
verb = arguments[0]
if verb == "get" and arguments[1] == "deployments":
    print(json.dumps({{"items": [each for name, each in objects.items() if name.startswith("deployment/")]}}))
elif verb == "get" and arguments[1] == "services":
    print(json.dumps({{"items": [each for name, each in objects.items() if name.startswith("service/")]}}))
elif verb == "get":
    print(json.dumps(objects[arguments[1] + "/" + arguments[2]]))
elif verb == "patch":
    change = json.loads(next(each for each in arguments if each.startswith("--patch=")).removeprefix("--patch="))
    target = objects[arguments[1] + "/" + arguments[2]]
    target["metadata"].setdefault("annotations", {{}}).update(change["metadata"]["annotations"])
    target["spec"]["selector"].update(change["spec"]["selector"])
elif verb == "set":
    name, image = arguments[3].split("=", 1)
    for container in objects[arguments[2]]["spec"]["template"]["spec"]["containers"]:
        container["image"] = image if container["name"] == name else container["image"]
(folder / "objects.json").write_text(json.dumps(objects))
"""


def make_deployment(name: str, container: str, image: str, part: str = "") -> dict[str, Any]:
    labels = {"plaza/part": part} if part else {}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": container, "image": image}]}}
    return {"metadata": {"name": name}, "spec": {"template": pod}}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """A namespace in which blue (release 1) is active and green (release 2) is idle."""
    objects: dict[str, Any] = {}
    for tier in ("web", "api"):
        for suffix, colour in (("", "blue"), ("-preview", "green")):
            name = f"plaza-{tier}{suffix}"
            objects[f"service/{name}"] = {"metadata": {"name": name}, "spec": {"selector": {"plaza/colour": colour}}}
        for colour, release in (("blue", "1"), ("green", "2")):
            objects[f"deployment/plaza-{tier}-{colour}"] = make_deployment(
                f"plaza-{tier}-{colour}", tier, f"plaza:{release}"
            )
    objects["deployment/plaza-clock"] = make_deployment("plaza-clock", "clock", "plaza:1", "background")
    objects["deployment/plaza-worker-mail"] = make_deployment("plaza-worker-mail", "worker", "plaza:1", "background")
    (tmp_path / "objects.json").write_text(json.dumps(objects))
    (tmp_path / "kubectl").write_text(KUBECTL)
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def current_state() -> dict[str, Any]:
        now = json.loads((tmp_path / "objects.json").read_text())
        return {
            **{name: each["spec"]["selector"]["plaza/colour"] for name, each in now.items() if "service/" in name},
            **{
                name: each["spec"]["template"]["spec"]["containers"][0]["image"]
                for name, each in now.items()
                if "clock" in name or "worker" in name
            },
        }

    return current_state


BLUE = {
    "service/plaza-web": "blue",
    "service/plaza-web-preview": "green",
    "service/plaza-api": "blue",
    "service/plaza-api-preview": "green",
    "deployment/plaza-clock": "plaza:1",
    "deployment/plaza-worker-mail": "plaza:1",
}
GREEN = {
    "service/plaza-web": "green",
    "service/plaza-web-preview": "blue",
    "service/plaza-api": "green",
    "service/plaza-api-preview": "blue",
    "deployment/plaza-clock": "plaza:2",
    "deployment/plaza-worker-mail": "plaza:2",
}


def test_a_switch_waits_for_the_new_colour_and_a_rollback_returns(
    cluster: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    assert blue_green.switch("green", namespace="plaza") == "blue"
    assert cluster() == GREEN
    commands = [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]
    verbs = [each[0] for each in commands]
    assert max(index for index, verb in enumerate(verbs) if verb == "rollout") < verbs.index("patch")
    assert next(each[2] for each in commands if each[0] == "patch") == "plaza-api"
    assert blue_green.rollback(namespace="plaza") == "blue"
    assert cluster() == BLUE
    assert blue_green.rollback(namespace="plaza") == "green"  # a second rollback undoes the first


@pytest.mark.parametrize(
    "failing",
    [
        "rollout status deployment/plaza-web-green",
        "patch service plaza-web",
        "set image deployment/plaza-clock clock=plaza:2",
    ],
)
def test_a_switch_that_fails_changes_nothing(
    cluster: Callable[[], dict[str, Any]], tmp_path: Path, failing: str
) -> None:
    (tmp_path / "failing").write_text(failing + " " if failing.endswith("plaza-web") else failing)
    with pytest.raises(StackError, match="was refused"):
        blue_green.switch("green", namespace="plaza")
    assert {name: value for name, value in cluster().items() if name != "service/plaza-web-preview"} == {
        name: value for name, value in BLUE.items() if name != "service/plaza-web-preview"
    }


def test_api_groups_are_switched_with_the_api(cluster: Callable[[], dict[str, Any]], tmp_path: Path) -> None:
    objects = json.loads((tmp_path / "objects.json").read_text())
    for suffix, colour in (("", "blue"), ("-preview", "green")):
        name = f"plaza-api-selling{suffix}"
        objects[f"service/{name}"] = {"metadata": {"name": name}, "spec": {"selector": {"plaza/colour": colour}}}
    (tmp_path / "objects.json").write_text(json.dumps(objects))
    assert blue_green.switch("green", namespace="plaza") == "blue"
    expected = {"service/plaza-api-selling": "green", "service/plaza-api-selling-preview": "blue"}
    assert cluster() == {**GREEN, **expected}
    commands = [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]
    waited = [each[2] for each in commands if each[0] == "rollout"]
    assert waited == ["deployment/plaza-api-selling-green", "deployment/plaza-api-green", "deployment/plaza-web-green"]


def test_an_invalid_switch_is_refused(cluster: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError, match="is not a colour"):
        blue_green.switch("red", namespace="plaza")
    with pytest.raises(StackError, match="no switch yet"):
        blue_green.rollback(namespace="plaza")
    assert cluster() == BLUE
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackError, match="not installed"):
        blue_green.active("plaza")
