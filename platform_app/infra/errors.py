"""What the infrastructure says when it cannot serve."""


class Outage(Exception):
    """A service Plaza stands on does not answer or has no room; nothing was changed. The message says what to do."""
