"""Password strength and hashing."""

import unicodedata
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from platform_app.domain.accounts.errors import WeakPassword

MIN_LENGTH = 8
MAX_LENGTH = 128
MIN_SCORE = 3
# Words that a visitor of this site thinks of first; with the user's own name and address, they make a password weaker.
CONTEXT_WORDS = ("Plaza", "marketplace")
# Argon2id as OWASP's Password Storage Cheat Sheet asks for at least. Anyone can make us hash, so more is also an attack on
# ourselves: with 64 MiB and three passes by four threads, one wrong password takes 340 ms of a core.
_MEMORY_KIB = 19 * 1024
_SCORED_LENGTH = 40  # characters that are scored: further ones cannot weaken a password
# Symbols that may stand for a letter, as in "p@$$word". zxcvbn tries every combination of readings, so that a password
# with all of them takes seconds. Only the first few kinds are scored; the rest are replaced by neutral letters.
_AMBIGUOUS = "@({[<!|$+%"
_NEUTRAL = "αβγδεζηθικ"
_MAX_AMBIGUOUS_KINDS = 3


def validate(password: str, *, user_inputs: tuple[str, ...] = (), field: str = "password") -> None:
    """Raise WeakPassword if the password is easy to guess; `user_inputs` are known facts about the user."""
    normalized = _normalize(password)
    if len(normalized) < MIN_LENGTH:
        raise WeakPassword(fields={field: f"Use at least {MIN_LENGTH} characters."})
    if len(normalized) > MAX_LENGTH:
        raise WeakPassword(fields={field: f"Use at most {MAX_LENGTH} characters."})
    if normalized.casefold() in _leaked():
        raise WeakPassword(fields={field: "This password is on lists of stolen passwords. Choose a different one."})
    known = [part for word in (*user_inputs, *CONTEXT_WORDS) for part in _split_words(word)]
    result = zxcvbn(_limit_ambiguity(normalized), user_inputs=known)
    if result["score"] < MIN_SCORE:
        feedback = result["feedback"]
        advice = [feedback["warning"], *feedback["suggestions"]]
        message = " ".join(text if text.endswith(".") else f"{text}." for text in advice if text)
        raise WeakPassword(fields={field: message or "This is easy to guess. Add another word or two."})


def hash_password(password: str) -> str:
    """The password's hash, for storage."""
    return _hasher().hash(_normalize(password)[:MAX_LENGTH])


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password matches; without a hash, False after the same time."""
    is_match = _hasher().verify(_normalize(password)[:MAX_LENGTH], password_hash or _dummy_hash())
    return is_match and password_hash is not None


def rehash_if_needed(password: str, password_hash: str) -> str | None:
    """A new hash if the stored one uses an outdated algorithm or parameters; otherwise None."""
    return hash_password(password) if _hasher().current_hasher.check_needs_rehash(password_hash) else None


def _normalize(password: str) -> str:
    """The password in one Unicode form, whatever keyboard typed it."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _limit_ambiguity(normalized: str) -> str:
    kinds = list(dict.fromkeys(letter for letter in normalized[:_SCORED_LENGTH] if letter in _AMBIGUOUS))
    beyond = "".join(kinds[_MAX_AMBIGUOUS_KINDS:])
    return normalized[:_SCORED_LENGTH].translate(str.maketrans(beyond, _NEUTRAL[: len(beyond)]))


def _split_words(word: str) -> list[str]:
    return [word, *word.replace("@", " ").replace(".", " ").split()]


@cache
def _leaked() -> frozenset[str]:
    """The 30,000 most frequent passwords of data breaches, which zxcvbn ships."""
    return frozenset(FREQUENCY_LISTS["passwords"])


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(memory_cost=_MEMORY_KIB, time_cost=2, parallelism=1),))


@cache
def _dummy_hash() -> str:
    return _hasher().hash("nobody's")
