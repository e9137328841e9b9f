"""What a user's e-mail address and name may be."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from platform_app.domain.accounts.errors import InvalidAccount

MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 80
# These turn the direction of what is written after them: a name with one could disguise the text around it.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})


def normalize_email(typed: str) -> str:
    """The address as it was typed, if mail can be sent to it."""
    text = typed.strip()
    try:
        if not text or len(text) > MAX_EMAIL_LENGTH:
            raise EmailNotValidError
        validated = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidAccount(fields={"email": "Enter an e-mail address such as ada@example.com."}) from None
    return validated.normalized


def email_key(email: str) -> str:
    """What makes two addresses the same one: case and width of the letters do not count. Takes any text."""
    storable = email.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return unicodedata.normalize("NFKC", storable.strip()).lower()[:MAX_EMAIL_LENGTH]


def single_line(text: str, *, field: str, label: str, max_length: int, required: bool = True) -> str:
    """One line of text as it is kept, or the field's error."""
    normalized = " ".join(unicodedata.normalize("NFC", text).split())
    if required and not normalized:
        raise InvalidAccount(fields={field: f"Enter {label}."})
    if len(normalized) > max_length:
        raise InvalidAccount(fields={field: f"Use {max_length} characters at most."})
    if any(unicodedata.category(letter) in _UNPRINTABLE or letter in _BIDI_CONTROLS for letter in normalized):
        raise InvalidAccount(
            fields={field: "Use letters, digits and signs only; this contains a character that cannot be shown."}
        )
    return normalized


def normalize_name(text: str) -> str:
    """A user's name as it is kept."""
    return single_line(text, field="name", label="your name", max_length=MAX_NAME_LENGTH)


def printable(text: str) -> str:
    """What a browser says about itself, as far as it can be shown."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in _UNPRINTABLE)
