"""Sealing what has to be read again but by nobody else: encrypted under PLAZA_SECRET_KEY, and keys made of it.

What was sealed under PLAZA_SECRET_KEY_PREVIOUS is read too, so that the key can be changed while all goes on.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from platform_app.infra.settings import settings


def encrypt(text: str) -> bytes:
    """The text, encrypted."""
    return _fernet().encrypt(text.encode())


def decrypt(ciphertext: bytes) -> str:
    """The text again; fails when it was sealed under neither key."""
    return _fernet().decrypt(ciphertext).decode()


def reencrypt(ciphertext: bytes) -> bytes:
    """The same under the present key, so that the previous one can be forgotten."""
    return _fernet().rotate(ciphertext)


def derive_key(purpose: bytes) -> bytes:
    """A key of our own for this purpose, that tells nothing of the others."""
    return _hkdf(settings().secret_key.get_secret_value(), purpose)


def _hkdf(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


@cache
def _fernet() -> MultiFernet:
    known = (settings().secret_key.get_secret_value(), settings().secret_key_previous.get_secret_value())
    keys = [_hkdf(secret, b"plaza sealing") for secret in known if secret]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in keys])
