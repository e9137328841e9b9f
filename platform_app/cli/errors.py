"""Errors of commands, and messages for errors of the operating system."""

import errno

OS_ERRORS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your disk quota is used up",
    errno.EROFS: "The file system is read-only",
    errno.EACCES: "Permission denied",
    errno.EPERM: "Permission denied",
    errno.ENOTDIR: "A file is in the place of a directory",
}


class CommandError(Exception):
    """An expected failure; the message is one plain sentence for the user at the terminal."""


def explain(error: OSError) -> str | None:
    """The message for an error of the machine; None if the error looks like a defect of Plaza."""
    reason = OS_ERRORS.get(error.errno or 0)
    if not reason:
        return None
    return f"{reason}: {error.filename}." if error.filename else f"{reason}."
