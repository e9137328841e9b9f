"""Sealing what has to be read again but by nobody else: encrypted under PLAZA_SECRET_KEY."""

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


@cache
def _fernet() -> Fernet:
    secret = settings().secret_key.get_secret_value().encode()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"plaza sealing").derive(secret)
    return Fernet(base64.urlsafe_b64encode(derived))
