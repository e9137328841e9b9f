"""Sealing what has to be read again but by nobody else: encrypted under PLAZA_SECRET_KEY, and keys made of it."""

import base64
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from platform_app.infra.settings import settings


def seal(text: str) -> bytes:
    """The text, encrypted."""
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """The text again; fails when it was sealed under another key."""
    return _fernet().decrypt(sealed).decode()


def key(purpose: bytes) -> bytes:
    """A key of our own for this purpose, that tells nothing of the others."""
    secret = settings().secret_key.get_secret_value().encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


@cache
def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key(b"plaza sealing")))
