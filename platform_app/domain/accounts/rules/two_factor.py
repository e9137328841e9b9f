"""Authenticator codes (TOTP) and recovery codes."""

import base64
import secrets
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno

ISSUER = "Plaza"
STEP_SECONDS = 30
MAX_DRIFT_STEPS = 1  # how far a phone's clock may be off
RECOVERY_CODE_COUNT = 10
_RECOVERY_CODE_BYTES = 10  # sixteen base32 letters


def new_secret() -> str:
    """A new secret for an authenticator app."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, email: str) -> str:
    """The otpauth URI that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_code_svg(uri: str) -> str:
    """The QR code of a URI, as inline SVG."""
    return segno.make(uri, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")


def matching_time_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The time step whose code this is; None unless it is the current, previous or next one."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    app, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = [
        step
        for step in range(current - MAX_DRIFT_STEPS, current + MAX_DRIFT_STEPS + 1)
        if compare_digest(app.generate_otp(step), digits)
    ]
    return steps[-1] if steps else None


def new_recovery_codes() -> list[str]:
    """New single-use recovery codes, in groups of four letters."""
    return [_format_recovery_code(secrets.token_bytes(_RECOVERY_CODE_BYTES)) for _ in range(RECOVERY_CODE_COUNT)]


def normalize_recovery_code(typed: str) -> str:
    """A typed recovery code in upper case, without spaces and punctuation."""
    return "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())[:32]


def _format_recovery_code(value: bytes) -> str:
    letters = base64.b32encode(value).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
