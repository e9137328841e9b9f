"""Text of several lines, as people type it."""

import unicodedata


def normalize(text: str) -> str:
    """The text in one form of Unicode, with plain line breaks and without blank ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_printable(text: str) -> bool:
    """Whether every character can be stored and displayed."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in text)
