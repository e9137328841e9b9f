"""The kinds of notifications about imports."""

from platform_app.domain.shared.kinds import NotificationKind

IMPORT_FINISHED = NotificationKind("import_finished", headline="Your import has finished", icon="file-check")
IMPORT_FAILED = NotificationKind("import_failed", headline="Your import failed", icon="file-x")
IMPORT_UNDONE = NotificationKind("import_undone", headline="Your import was undone", icon="undo-2")
