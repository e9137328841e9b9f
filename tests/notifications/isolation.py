"""The routes and handlers of notifications that need not refuse other users, and why."""

OWN_DATA_ROUTES = {
    "GET /api/v1/notifications": "what the caller was told",
    "POST /api/v1/notifications/read": "the caller's own notifications; others' ids change nothing",
}
PUBLIC_HANDLERS = {
    "NotificationBellState.refresh": "how much the viewer has not read; nobody has nothing",
}
OWN_DATA_HANDLERS = {
    "NotificationBellState": "what the viewer was told; others' ids change nothing",
    "NotificationsState": "what the viewer was told",
}
