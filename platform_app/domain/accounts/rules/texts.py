"""What a user's e-mail address and name may be."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from platform_app.domain.accounts.errors import InvalidAccount

MAX_EMAIL = 254
MAX_NAME = 80
# These turn the direction of what is written after them: a name with one could disguise the text around it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})


def email(typed: str) -> str:
    """The address as it was typed, if mail can be sent to it."""
    text = typed.strip()
    try:
        if not text or len(text) > MAX_EMAIL:
            raise EmailNotValidError
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidAccount(fields={"email": "Enter an e-mail address such as ada@example.com."}) from None
    return found.normalized


def email_key(address: str) -> str:
    """What makes two addresses the same one: case and width of the letters do not count. Takes any text."""
    storable = address.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return unicodedata.normalize("NFKC", storable.strip()).lower()[:MAX_EMAIL]


def line(text: str, *, field: str, label: str, longest: int, needed: bool = True) -> str:
    """One line of text as it is kept, or the field's error."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if needed and not plain:
        raise InvalidAccount(fields={field: f"Enter {label}."})
    if len(plain) > longest:
        raise InvalidAccount(fields={field: f"Use {longest} characters at most."})
    if any(unicodedata.category(letter) in _UNPRINTABLE or letter in _TURNING for letter in plain):
        raise InvalidAccount(
            fields={field: "Use letters, digits and signs only; this contains a character that cannot be shown."}
        )
    return plain


def name(text: str) -> str:
    """A user's name as it is kept."""
    return line(text, field="name", label="your name", longest=MAX_NAME)


def shown(text: str) -> str:
    """What a browser says about itself, as far as it can be shown."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in _UNPRINTABLE)
