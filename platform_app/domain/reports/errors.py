"""Errors of reports."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class InvalidReport(Invalid):
    """The input is invalid; `fields` has a message per field."""


class AlreadyReported(Conflict):
    """The same person has an open report of this listing."""

    message = "We already have your report of this listing."


class ReportNotFound(NotFound):
    """There is no open report with this id."""

    message = "There is no open report with this id."
