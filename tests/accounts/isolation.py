"""The routes and handlers of accounts that need not refuse other users, and why."""

PUBLIC_ROUTES = {
    "POST /auth/sign-up": "a visitor who signs up has no account yet; the answer is the same for every address",
    "POST /auth/verify": "needs the token of a mailed link",
    "POST /auth/sign-in": "needs the password",
    "POST /auth/sign-out": "ends the caller's own session, if there is one",
    "POST /auth/forgot": "the answer is the same for every address, and the mail goes to its owner",
    "POST /auth/send-again": "the answer is the same for every address, and the mail goes to its owner",
    "POST /auth/reset": "needs the token of a mailed link",
    "POST /auth/confirm-email": "needs the token of a mailed link",
    "GET /api/v1/address-formats/{country}": "how a country writes addresses is public",
}
OWN_DATA_ROUTES = {
    "POST /auth/password": "the caller's own password",
    "POST /auth/email": "the caller's own e-mail address",
    "POST /auth/totp/begin": "the caller's own second factor",
    "POST /auth/totp/confirm": "the caller's own second factor",
    "POST /auth/totp/disable": "the caller's own second factor",
    "POST /auth/totp/codes": "the caller's own recovery codes",
    "GET /api/v1/account": "the caller's own account",
    "PATCH /api/v1/account": "the caller's own name",
    "DELETE /api/v1/account": "the caller's own account, with their password",
    "GET /api/v1/account/export": "the stored data of the caller",
    "GET /api/v1/account/sessions": "the caller's own sessions",
    "DELETE /api/v1/account/sessions": "the caller's own sessions",
    "GET /api/v1/account/addresses": "the caller's own address book",
    "POST /api/v1/account/addresses": "the caller's own address book",
}
PUBLIC_HANDLERS = {
    "SignInState.load": "the sign-in page",
}
OWN_DATA_HANDLERS = {
    "AccountState": "the viewer's own account",
    "SecurityState": "the viewer's own sessions",
    "PostalAddressesState": "the viewer's own address book",
    "PersonalDataState": "a page without personal data",
}
