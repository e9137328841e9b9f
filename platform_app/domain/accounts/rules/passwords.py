"""Passwords: which are good enough, and how they are kept."""

import unicodedata
from functools import cache

from pwdlib import PasswordHash
from zxcvbn import zxcvbn

from platform_app.domain.accounts.errors import WeakPassword

SHORTEST = 8
LONGEST = 128
GOOD_SCORE = 3
_RATED = 40  # letters that are looked at: what follows cannot make a password weaker
# Signs that may stand for a letter, as in "p@$$word". Each more of them multiplies the readings that are tried, and with
# all of them one password takes seconds: what stands beyond the first few kinds is taken for a sign that means nothing.
_AMBIGUOUS = "@({[<!|$+%"
_MEANINGLESS = "αβγδεζηθικ"
_KINDS_TRIED = 3


def check(password: str, *, about: tuple[str, ...] = (), field: str = "password") -> None:
    """Refuse a password that somebody could guess, also from what they know `about` the user."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(fields={field: f"Use {SHORTEST} characters or more."})
    if len(plain) > LONGEST:
        raise WeakPassword(fields={field: f"Use {LONGEST} characters at most."})
    rated = zxcvbn(_ratable(plain), user_inputs=[part for word in about for part in _parts(word)])
    if rated["score"] < GOOD_SCORE:
        feedback = rated["feedback"]
        advice = [feedback["warning"], *feedback["suggestions"]]
        said = " ".join(text if text.endswith(".") else f"{text}." for text in advice if text)
        raise WeakPassword(fields={field: said or "This is easily guessed. Add another word or two."})


def hashed(password: str) -> str:
    """The password as it is kept."""
    return _hasher().hash(_plain(password)[:LONGEST])


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; where there is none, the answer takes as long."""
    is_right = _hasher().verify(_plain(password)[:LONGEST], kept or _nobodys())
    return is_right and kept is not None


def renewed(password: str, kept: str) -> str | None:
    """The hash to keep instead, when this one was made in a way that is no longer the strongest."""
    return hashed(password) if _hasher().current_hasher.check_needs_rehash(kept) else None


def _plain(password: str) -> str:
    """The same password, whichever keyboard wrote it."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _ratable(plain: str) -> str:
    kinds = list(dict.fromkeys(letter for letter in plain[:_RATED] if letter in _AMBIGUOUS))
    beyond = "".join(kinds[_KINDS_TRIED:])
    return plain[:_RATED].translate(str.maketrans(beyond, _MEANINGLESS[: len(beyond)]))


def _parts(word: str) -> list[str]:
    return [word, *word.replace("@", " ").replace(".", " ").split()]


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's")
