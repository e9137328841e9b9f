"""Why a listing can be reported, what a report may say, and how a visitor is told from another."""

from datetime import date
from enum import StrEnum
from hashlib import blake2b
from uuid import UUID

from platform_app.domain.reports.errors import InvalidReport
from platform_app.domain.shared import multiline

MAX_TEXT = 2000  # characters
MAX_LISTED = 1000  # reports per query


class Reason(StrEnum):
    """Why somebody reports a listing."""

    PROHIBITED = "prohibited"
    COUNTERFEIT = "counterfeit"
    MISLEADING = "misleading"
    SCAM = "scam"
    OFFENSIVE = "offensive"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The label to display."""
        return _LABELS[self]


_LABELS = {
    Reason.PROHIBITED: "It must not be sold here",
    Reason.COUNTERFEIT: "It is a counterfeit, or copies somebody's work",
    Reason.MISLEADING: "The description or the pictures are misleading",
    Reason.SCAM: "It looks like a scam",
    Reason.OFFENSIVE: "It is offensive or dangerous",
    Reason.OTHER: "Something else",
}


def clean(reason: str, text: str) -> tuple[Reason, str]:
    """The reason and the text in their stored forms; InvalidReport lists all problems at once."""
    known = next((each for each in Reason if each == reason), None)
    cleaned = multiline.normalize(text)
    problems = {"reason": "" if known else "Choose a reason.", "text": _text_problem(known, cleaned)}
    if known is None or problems["text"]:
        raise InvalidReport(fields={field: problem for field, problem in problems.items() if problem})
    return known, cleaned


def reporter(user_id: UUID | None, *, network: str, day: date, key: bytes) -> str:
    """Who reports: the user, or a pseudonym of a visitor's network for one day."""
    if user_id is not None:
        return str(user_id)
    return blake2b(f"{day}/{network}".encode(), key=key, digest_size=12).hexdigest()


def _text_problem(reason: Reason | None, text: str) -> str:
    if len(text) > MAX_TEXT:
        return f"Use at most {MAX_TEXT:,} characters; this has {len(text):,}."
    if not multiline.is_printable(text):
        return "This contains a character that can't be displayed."
    return "Tell us what is wrong." if reason is Reason.OTHER and not text else ""
