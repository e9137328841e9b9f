"""Events, jobs and cache tags: nouns name no jobs of each other, and every published event and tag has a reader."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from platform_app.infra.events import Event, Job, job_name
from platform_app.infra.settings import ROOT
from tests.architecture.test_rules import SOURCE_FILES
from workers.queues import QUEUES
from workers.subscriptions import SUBSCRIPTIONS

DOMAIN = ROOT / "platform_app" / "domain"
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in SOURCE_FILES}
WITHOUT_SUBSCRIBERS: dict[str, str] = {}  # event name: why no job has to follow
JOBS_OUTSIDE_THE_DOMAIN = {
    "platform_app/infra/mail.py": "mail",  # the table and the job belong to infra
}
CLOCK = "workers/schedule.py"  # its table names the jobs of all nouns, as functions
NOT_TAGS = {
    ("state/activity_tracking.py", "user:"),  # the visitor's name, which is hashed into the document of a view
}


def noun_modules(name: str) -> list[str]:
    """The dotted names of the nouns' modules of this name."""
    return [f"platform_app.domain.{path.parent.name}.{name}" for path in sorted(DOMAIN.glob(f"*/{name}.py"))]


def event_classes() -> list[type[Event]]:
    for module in noun_modules("events"):
        importlib.import_module(module)
    return sorted(
        (event for event in Event.__subclasses__() if event.__module__.startswith("platform_app.domain.")),
        key=lambda event: event.event_name(),
    )


EVENTS = event_classes()
SUBSCRIBED = [(event, job) for event in EVENTS for job in SUBSCRIPTIONS.get(event, ())]


def names_in(tree: ast.AST) -> set[str]:
    """The names that a module uses outside its imports."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }


def test_every_event_has_a_subscriber_or_a_reason_to_have_none() -> None:
    assert len(EVENTS) >= 8
    assert set(SUBSCRIPTIONS) == set(EVENTS)
    without = {event.event_name() for event in EVENTS if not SUBSCRIPTIONS[event]}
    assert without == set(WITHOUT_SUBSCRIBERS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_name())
def test_every_event_is_published_by_its_own_noun(event: type[Event]) -> None:
    noun = event.event_name().split(".")[0]
    publishers = {
        path.removeprefix("platform_app/domain/").split("/")[0]
        for path, tree in TREES.items()
        if event.__name__ in names_in(tree) and path != "workers/subscriptions.py" and not path.endswith("/events.py")
    }
    assert publishers == {noun}


@pytest.mark.parametrize(("event", "job"), SUBSCRIBED, ids=lambda each: each.__name__)
def test_every_subscribed_job_exists_and_takes_the_fields_of_the_event(event: type[Event], job: Job) -> None:
    module, _, name = job_name(job).rpartition(".")
    assert getattr(importlib.import_module(module), name) is job
    assert module.removeprefix("workers.") in QUEUES
    parameters = inspect.signature(job).parameters
    assert set(parameters) - {"session"} == set(event.model_fields)
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for name, each in parameters.items() if name != "session")


def added_jobs(tree: ast.Module) -> list[str]:
    """The jobs that a module adds to the outbox; a name is a constant of the module."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    jobs = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.add":
            job = node.args[1]
            value = constants.get(job.id, job) if isinstance(job, ast.Name) else job
            jobs.append(str(value.value) if isinstance(value, ast.Constant) else ast.unparse(job))
    return jobs


def test_a_noun_adds_jobs_of_its_own_and_of_no_other_noun() -> None:
    added = {path: added_jobs(tree) for path, tree in TREES.items() if path != CLOCK}
    owners = {
        path: path.removeprefix("platform_app/domain/").split("/")[0]
        for path in added
        if path.startswith("platform_app/domain/")
    } | JOBS_OUTSIDE_THE_DOMAIN
    assert sum(map(len, added.values())) >= 10
    assert [
        f"{path}: {job}"
        for path, jobs in added.items()
        for job in jobs
        if not job.startswith(f"workers.{owners.get(path)}.")
    ] == []


def test_every_job_that_is_added_exists() -> None:
    jobs = sorted({job for path, tree in TREES.items() for job in added_jobs(tree) if path != CLOCK})
    modules = {job: importlib.import_module(job.rpartition(".")[0]) for job in jobs}
    assert [job for job in jobs if not hasattr(modules[job], job.rpartition(".")[2])] == []


def tag_names() -> dict[str, str]:
    """The constructor or constant of every cache tag, with the module that defines it."""
    found: dict[str, str] = {}
    for path, tree in TREES.items():
        if path.startswith("platform_app/domain/") and path.endswith("/tags.py"):
            for node in tree.body:
                if isinstance(node, ast.FunctionDef) and node.name.endswith("_tag"):
                    found[node.name] = path
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    name = node.targets[0].id
                    found |= {} if name.startswith("_") else {name: path}
    return found


TAGS = tag_names()


def is_publisher(path: str) -> bool:
    return path.startswith("platform_app/domain/") and "/service" in path


def is_reader(path: str) -> bool:
    return path.startswith("state/") or (path.startswith("platform_app/domain/") and "/queries" in path)


@pytest.mark.parametrize("tag", sorted(TAGS))
def test_every_tag_is_invalidated_and_read(tag: str) -> None:
    using = [path for path, tree in TREES.items() if tag in names_in(tree) and path != TAGS[tag]]
    assert [path for path in using if is_publisher(path)] != []
    assert [path for path in using if is_reader(path)] != []


def spelled_tags(path: str, tree: ast.AST) -> list[str]:
    """The strings in arguments of `invalidate` and `publish`, in `tags=`, and in the tags that a state reads."""
    arguments: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            arguments += node.args[1:] if called in ("invalidate", "db.invalidate") else []
            arguments += node.args if called == "invalidation.publish" else []
            if called in ("cache.cached", "live_updates.subscribe"):
                arguments += [keyword.value for keyword in node.keywords if keyword.arg == "tags"]
        if path.startswith("state/") and isinstance(node, ast.FunctionDef) and node.name.endswith("_tags"):
            arguments += [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
    return [
        each.value
        for argument in arguments
        for each in ast.walk(argument)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def prefixes() -> set[str]:
    """The prefixes of the tags that the constructors make."""
    return {
        each.values[0].value
        for path in set(TAGS.values())
        for each in ast.walk(TREES[path])
        if isinstance(each, ast.JoinedStr) and isinstance(each.values[0], ast.Constant)
    } | {"session:"}


def test_a_tag_is_spelled_in_its_own_module_only() -> None:
    tag_modules = set(TAGS.values())
    elsewhere = {path: tree for path, tree in TREES.items() if path not in tag_modules}
    checked = [path for path in elsewhere if Path(path).parts[0] in ("platform_app", "state", "tools", "workers")]
    assert [f"{path}: {tag}" for path in checked for tag in spelled_tags(path, elsewhere[path])] == []
    known = prefixes()
    assert {"shop:", "listing:", "user:"} <= known
    assert [
        f"{path}: {ast.unparse(node)}"
        for path in checked
        for node in ast.walk(elsewhere[path])
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and node.values[0].value in known
        and (path, node.values[0].value) not in NOT_TAGS
    ] == []
