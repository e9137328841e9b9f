"""Validating and normalising e-mail addresses and names."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from platform_app.domain.accounts.errors import InvalidAccount

MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 80
# These change the direction of the text after them: a name that contains one could disguise the text around it.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})


def normalize_email(typed: str) -> str:
    """The normalised address; InvalidAccount if mail cannot be sent to it."""
    text = typed.strip()
    try:
        if not text or len(text) > MAX_EMAIL_LENGTH:
            raise EmailNotValidError
        validated = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidAccount(fields={"email": "Enter an e-mail address such as ada@example.com."}) from None
    return validated.normalized


def email_key(email: str) -> str:
    """A key that is equal for equivalent addresses: it ignores the case and width of letters. Accepts any text."""
    storable = email.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return unicodedata.normalize("NFKC", storable.strip()).lower()[:MAX_EMAIL_LENGTH]


def single_line(text: str, *, field: str, label: str, max_length: int, required: bool = True) -> str:
    """The text as a normalised single line; InvalidAccount for `field` if it does not fit."""
    normalized = " ".join(unicodedata.normalize("NFC", text).split())
    if required and not normalized:
        raise InvalidAccount(fields={field: f"Enter {label}."})
    if len(normalized) > max_length:
        raise InvalidAccount(fields={field: f"Use at most {max_length} characters."})
    if any(unicodedata.category(letter) in _UNPRINTABLE or letter in _BIDI_CONTROLS for letter in normalized):
        raise InvalidAccount(
            fields={field: "This contains a character that can't be displayed. Use letters, digits and punctuation."}
        )
    return normalized


def normalize_name(text: str) -> str:
    """A user's name in its stored form."""
    return single_line(text, field="name", label="your name", max_length=MAX_NAME_LENGTH)


def printable(text: str) -> str:
    """The text without unprintable characters."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in _UNPRINTABLE)
