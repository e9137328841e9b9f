"""The clock's scheduled tasks and their intervals."""

from collections.abc import Callable
from datetime import timedelta

from platform_app.domain.accounts import service as accounts
from platform_app.domain.activity import rules
from platform_app.domain.editing import service as editing
from platform_app.domain.editing.service import uploads
from platform_app.domain.favourites import service as favourites
from platform_app.domain.imports import service as imports
from platform_app.domain.imports.service import browser_flow
from platform_app.domain.media import service as media
from platform_app.domain.notifications import service as notifications
from platform_app.domain.search import service as search
from platform_app.domain.search.rules import TOP_TIER_SIZE
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import invitations
from platform_app.domain.shops.service import settings as shop_settings
from platform_app.infra import db, document_store, mail, outbox
from platform_app.infra.settings import settings

OUTBOX_RETENTION = timedelta(days=7)
MAIL_RETENTION = timedelta(days=7)
TOP_TIER_BATCH_SIZE = 1000
SWEEP_FILES_JOB = "workers.media.sweep"
ROLL_UP_JOB = "workers.activity.roll_up"


def retry_pictures() -> None:
    """Queue pictures that are due for a retry."""
    with db.writing() as session:
        media.enqueue_due_retries(session, now=utc_now())


def expire_overdue_uploads() -> None:
    """End uploads whose file did not arrive in time or whose job failed for good, and notify their uploaders."""
    with db.writing() as session:
        for upload in media.expire_overdue_uploads(session, now=utc_now()):
            uploads.notify_rejected(session, upload=upload, now=utc_now())


def sweep_uploads() -> None:
    """Delete uploads that ended a week ago."""
    with db.writing() as session:
        media.sweep_uploads(session, now=utc_now())


def sweep_files() -> None:
    """Queue the job that deletes unreferenced files, once a day however often the clock restarts.

    Listing all files takes too long for the clock itself. The delay leaves the machine free during start-up.
    """
    with db.writing() as session:
        if not outbox.was_added(session, SWEEP_FILES_JOB, since=utc_now() - timedelta(days=1)):
            outbox.add(session, SWEEP_FILES_JOB, after=timedelta(hours=1))


def fail_abandoned_imports() -> None:
    """End imports whose job failed for good."""
    with db.writing() as session:
        imports.fail_abandoned(session, now=utc_now())


def sweep_blank_drafts() -> None:
    """Delete new listings that have stayed empty for a day."""
    with db.writing() as session:
        editing.sweep_blank_drafts(session, now=utc_now())


def discard_overdue_imports() -> None:
    """Discard browser imports that were not finished."""
    with db.writing() as session:
        browser_flow.discard_overdue(session, now=utc_now())


def enqueue_view_counts() -> None:
    """Queue the roll-up of today, and shortly after midnight of yesterday, unless it is already queued."""
    with db.writing() as session:
        for day in rules.days_to_count(utc_now()):
            if not outbox.is_pending(session, ROLL_UP_JOB, day=day.isoformat()):
                outbox.add(session, ROLL_UP_JOB, day=day.isoformat())


def sweep_outbox() -> None:
    """Delete outbox rows of jobs done a week ago."""
    with db.writing() as session:
        outbox.sweep(session, done_before=utc_now() - OUTBOX_RETENTION)


def remove_expired_documents() -> None:
    """Delete expired documents."""
    document_store.from_settings(settings(), db.engine()).remove_expired(limit=10_000)


def update_top_tier() -> None:
    """Update the top tier of the search index in batches, so that reindexing never waits long."""
    changed = TOP_TIER_BATCH_SIZE
    while changed == TOP_TIER_BATCH_SIZE:
        with db.writing() as session:
            changed = search.update_top_tier(session, count=TOP_TIER_SIZE, limit=TOP_TIER_BATCH_SIZE)


def update_search_word_counts() -> None:
    """Update the frequencies of the words for completions."""
    with db.writing() as session:
        search.update_word_counts(session)


def sweep_zero_result_queries() -> None:
    """Delete rare searches without results."""
    with db.writing() as session:
        search.sweep_zero_result_queries(session)


def refresh_changed_follower_counts() -> None:
    """Recount the followers of listings whose favourites changed."""
    with db.writing() as session:
        favourites.refresh_changed_counts(session)


def refresh_all_follower_counts() -> None:
    """Recount the followers of every listing."""
    with db.writing() as session:
        favourites.refresh_all_counts(session)


def sweep_accounts() -> None:
    """Delete expired sessions, links and sign-ups."""
    with db.writing() as session:
        accounts.sweep(session, now=utc_now())


def end_holidays() -> None:
    """Reopen shops whose holiday is over."""
    with db.writing() as session:
        shop_settings.end_holidays(session, today=utc_now().date())


def sweep_invitations() -> None:
    """Delete expired invitations."""
    with db.writing() as session:
        invitations.sweep(session, now=utc_now())


def sweep_notifications() -> None:
    """Delete notifications that were read long ago."""
    with db.writing() as session:
        notifications.sweep(session, now=utc_now())


def sweep_mail() -> None:
    """Delete mail older than a week."""
    with db.writing() as session:
        mail.sweep(session, created_before=utc_now() - MAIL_RETENTION)


SCHEDULE: dict[Callable[[], None], timedelta] = {
    refresh_changed_follower_counts: timedelta(seconds=3),
    retry_pictures: timedelta(seconds=15),
    fail_abandoned_imports: timedelta(seconds=15),
    expire_overdue_uploads: timedelta(seconds=15),
    enqueue_view_counts: timedelta(minutes=5),
    update_top_tier: timedelta(minutes=5),
    update_search_word_counts: timedelta(minutes=15),
    sweep_zero_result_queries: timedelta(minutes=15),
    end_holidays: timedelta(minutes=5),
    sweep_accounts: timedelta(minutes=15),
    sweep_invitations: timedelta(hours=1),
    sweep_mail: timedelta(hours=1),
    sweep_notifications: timedelta(hours=1),
    discard_overdue_imports: timedelta(minutes=15),
    sweep_outbox: timedelta(hours=1),
    remove_expired_documents: timedelta(minutes=1),
    sweep_uploads: timedelta(hours=1),
    sweep_blank_drafts: timedelta(hours=1),
    sweep_files: timedelta(hours=1),
    refresh_all_follower_counts: timedelta(days=1),
}
