"""What the infrastructure says when it cannot serve."""


class Outage(Exception):
    """A service Plaza stands on does not answer or has no room. The message says what to do.

    Nothing was changed, unless it `is_undecided`: then what was asked for may have been done.
    """

    is_undecided = False
