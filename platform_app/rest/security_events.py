"""Which routes leave a security event, however they end."""

from fastapi import Request

from platform_app.domain.shared.errors import Forbidden, ProductError, RateLimited
from platform_app.infra import security_log
from platform_app.infra.client_ip import client_ip
from platform_app.infra.security_log import Category
from platform_app.rest.accounts import mailbox_keys

_SIGN_IN, _IAM, _DATA = Category.AUTHENTICATION, Category.IAM, Category.DATABASE
AUDITED = {
    "POST /auth/sign-in": ("sign-in", _SIGN_IN),
    "POST /auth/sign-out": ("sign-out", _SIGN_IN),
    "POST /auth/sign-up": ("sign-up-request", _IAM),
    "POST /auth/verify": ("account-creation", _IAM),
    "POST /auth/forgot": ("password-reset-request", _SIGN_IN),
    "POST /auth/send-again": ("mail-again-request", _SIGN_IN),
    "POST /auth/reset": ("password-reset", _IAM),
    "POST /auth/password": ("password-change", _IAM),
    "POST /auth/email": ("email-change-request", _IAM),
    "POST /auth/confirm-email": ("email-change", _IAM),
    "POST /auth/totp/begin": ("two-factor-setup", _IAM),
    "POST /auth/totp/confirm": ("two-factor-on", _IAM),
    "POST /auth/totp/disable": ("two-factor-off", _IAM),
    "POST /auth/totp/codes": ("recovery-codes-change", _IAM),
    "DELETE /api/v1/account": ("account-deletion", _IAM),
    "DELETE /api/v1/account/sessions": ("sessions-end", _SIGN_IN),
    "DELETE /api/v1/account/sessions/{session_id}": ("session-end", _SIGN_IN),
    "GET /api/v1/account/export": ("account-export", _DATA),
    "POST /api/v1/shops": ("shop-opening", _IAM),
    "PATCH /api/v1/shops/{shop}": ("shop-change", _IAM),
    "POST /api/v1/shops/{shop}/closing": ("shop-closing", _IAM),
    "DELETE /api/v1/shops/{shop}/closing": ("shop-reopening", _IAM),
    "PATCH /api/v1/shops/{shop}/members/{member_id}": ("member-change", _IAM),
    "DELETE /api/v1/shops/{shop}/members/{member_id}": ("member-removal", _IAM),
    "POST /api/v1/shops/{shop}/owners": ("ownership-transfer", _IAM),
    "POST /api/v1/shops/{shop}/invitations": ("invitation", _IAM),
    "DELETE /api/v1/shops/{shop}/invitations/{invitation_id}": ("invitation-withdrawal", _IAM),
    "POST /api/v1/account/invitations/{invitation_id}/accept": ("invitation-acceptance", _IAM),
    "DELETE /api/v1/account/invitations/{invitation_id}": ("invitation-refusal", _IAM),
    "GET /api/v1/shops/{shop}/export.csv": ("listings-export", _DATA),
    "GET /api/v1/shops/{shop}/imports/{run_id}/report.csv": ("import-report-export", _DATA),
}
# Refusals that are recorded of every route, by their kind.
REFUSALS: dict[type[ProductError], str] = {RateLimited: "limit", Forbidden: "authorisation"}


async def record(request: Request, route: str, *, error: ProductError | None = None) -> None:
    """Record the end of a request to an audited route, or to any route if a limit or a missing permission ended it."""
    refusal = next((name for kind, name in REFUSALS.items() if isinstance(error, kind)), "")
    action, category = AUDITED.get(route, (refusal, Category.INTRUSION_DETECTION))
    if not action:
        return
    security_log.record(
        action,
        category=category,
        reason=error.code if error else "",
        user_id=getattr(request.state, "user_id", ""),
        mailbox=await _mailbox(request),
        ip=client_ip(request.scope),
        shop=str(request.path_params.get("shop", "")),
    )


async def _mailbox(request: Request) -> str:
    """The digest of the mailbox in a body that has been read."""
    body = await request.json() if getattr(request, "_json", None) else None
    email = body.get("email") if isinstance(body, dict) else None
    return mailbox_keys.email_limit_key(email) if isinstance(email, str) else ""
