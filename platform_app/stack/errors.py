"""Errors of the stack, with messages for the user at the terminal."""


class StackError(Exception):
    """Part of the stack could not start; the message is a sentence that can be shown as it is."""
