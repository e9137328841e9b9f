"""The routes and handlers of notifications that need not refuse other users, and why."""

OWN_DATA_ROUTES = {
    "GET /api/v1/notifications": "the caller's own notifications",
    "POST /api/v1/notifications/read": "the caller's own notifications; ids of others change nothing",
    "GET /api/v1/notifications/mail": "which mails the caller wants",
    "PATCH /api/v1/notifications/mail": "which mails the caller wants",
}
PUBLIC_HANDLERS = {
    "NotificationBellState.refresh": "the viewer's own unread count; zero for a visitor",
}
OWN_DATA_HANDLERS = {
    "NotificationBellState": "the viewer's own notifications; ids of others change nothing",
    "NotificationsState": "the viewer's own notifications",
}
