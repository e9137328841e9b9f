"""Errors of the infrastructure."""


class Outage(Exception):
    """A backing service does not answer or has no resources left. The message says what to do.

    Nothing was changed, unless `is_undecided`: then the request may have been carried out.
    """

    is_undecided = False
