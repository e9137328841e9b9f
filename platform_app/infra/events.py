"""Domain events, named in the past tense, and the jobs that react to them.

A noun defines its events in `platform_app/domain/<noun>/events.py` and records them with `outbox.publish`.
`workers/subscriptions.py` maps each event to the jobs that react. The relay turns events into those jobs.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """The base class of events. Fields are ids and plain values; jobs receive them as JSON keyword arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def event_name(cls) -> str:
        """`<noun>.<ClassName>`, the name in outbox rows; renaming a class orphans its pending rows."""
        return f"{cls.__module__.split('.')[-2]}.{cls.__name__}"


Job = Callable[..., None]
Subscriptions = Mapping[type[Event], tuple[Job, ...]]


def job_name(job: Job) -> str:
    """`workers.<noun>.<verb>`, the job's name in outbox rows and RQ."""
    return f"{job.__module__}.{job.__name__}"
