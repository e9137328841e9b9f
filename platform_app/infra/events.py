"""Events: what happened, named in the past tense by the noun it happened to, and the jobs that follow.

A noun defines its events in `platform_app/domain/<noun>/events.py` and records them with `outbox.publish`.
`workers/subscriptions.py` maps each event to the jobs that react. The relay turns one into the other.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Something that happened. Fields are ids and plain values: a job receives them as keyword arguments, as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def event_name(cls) -> str:
        """`<noun>.<ClassName>`, the name that rows of the outbox carry: renaming a class orphans the rows that wait."""
        return f"{cls.__module__.split('.')[-2]}.{cls.__name__}"


Job = Callable[..., None]
Subscriptions = Mapping[type[Event], tuple[Job, ...]]


def job_name(job: Job) -> str:
    """`workers.<noun>.<verb>`, the name that rows of the outbox and RQ know a job by."""
    return f"{job.__module__}.{job.__name__}"
