"""The digest by which limits and logs know a mailbox."""

import hashlib

from platform_app.domain.accounts.rules import normalisation


def email_limit_key(email: str) -> str:
    """The key by which the limits count an e-mail address."""
    return hashlib.sha256(normalisation.email_key(email).encode()).hexdigest()[:32]
