"""What the stack refuses, in words for the person who started it."""


class StackError(Exception):
    """A part of the stack could not start; the message is a sentence to show as it is."""
