"""Encryption of stored secrets with PLAZA_SECRET_KEY, and keys derived from it.

Decryption also accepts PLAZA_SECRET_KEY_PREVIOUS, so that the key can be rotated without downtime.
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
    """The decrypted text; raises InvalidToken if it was encrypted with neither key."""
    return _fernet().decrypt(ciphertext).decode()


def reencrypt(ciphertext: bytes) -> bytes:
    """The text encrypted with the current key, so that the previous key can be removed."""
    return _fernet().rotate(ciphertext)


def derive_key(purpose: bytes) -> bytes:
    """A key derived for this purpose; it reveals nothing about other keys."""
    return _hkdf(settings().secret_key.get_secret_value(), purpose)


def _hkdf(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


@cache
def _fernet() -> MultiFernet:
    known = (settings().secret_key.get_secret_value(), settings().secret_key_previous.get_secret_value())
    keys = [_hkdf(secret, b"plaza sealing") for secret in known if secret]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in keys])
