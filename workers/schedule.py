"""What the clock does by itself, and how often."""

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
    """Queue the pictures whose time to try again has come."""
    with db.writing() as session:
        media.enqueue_due_retries(session, now=utc_now())


def expire_overdue_uploads() -> None:
    """End the uploads whose file did not come in time, or whose job was given up, and tell who waits for the picture."""
    with db.writing() as session:
        for upload in media.expire_overdue_uploads(session, now=utc_now()):
            uploads.notify_rejected(session, upload=upload, now=utc_now())


def sweep_uploads() -> None:
    """Forget the uploads that ended a week ago."""
    with db.writing() as session:
        media.sweep_uploads(session, now=utc_now())


def sweep_files() -> None:
    """Queue the job that deletes files nobody names, once a day however often a clock begins.

    Going through them all takes too long for the clock itself, and a Plaza that starts has other things to do first.
    """
    with db.writing() as session:
        if not outbox.was_added(session, SWEEP_FILES_JOB, since=utc_now() - timedelta(days=1)):
            outbox.add(session, SWEEP_FILES_JOB, after=timedelta(hours=1))


def fail_abandoned_imports() -> None:
    """End the imports whose job was given up."""
    with db.writing() as session:
        imports.fail_abandoned(session, now=utc_now())


def sweep_blank_drafts() -> None:
    """Forget the listings that were begun yesterday and of which nothing was written."""
    with db.writing() as session:
        editing.sweep_blank_drafts(session, now=utc_now())


def discard_overdue_imports() -> None:
    """Discard the imports that were begun in a browser and never finished."""
    with db.writing() as session:
        browser_flow.discard_overdue(session, now=utc_now())


def enqueue_view_counts() -> None:
    """Queue the counting of today, and of yesterday shortly after midnight, unless it waits already."""
    with db.writing() as session:
        for day in rules.days_to_count(utc_now()):
            if not outbox.is_pending(session, ROLL_UP_JOB, day=day.isoformat()):
                outbox.add(session, ROLL_UP_JOB, day=day.isoformat())


def sweep_outbox() -> None:
    """Delete the outbox rows of jobs that were done a week ago."""
    with db.writing() as session:
        outbox.sweep(session, done_before=utc_now() - OUTBOX_RETENTION)


def remove_expired_documents() -> None:
    """Delete the documents whose time is over."""
    document_store.from_settings(settings(), db.engine()).remove_expired(limit=10_000)


def update_top_tier() -> None:
    """Let the best listings lead the search index, some at a time so that no reindexing waits long."""
    changed = TOP_TIER_BATCH_SIZE
    while changed == TOP_TIER_BATCH_SIZE:
        with db.writing() as session:
            changed = search.update_top_tier(session, count=TOP_TIER_SIZE, limit=TOP_TIER_BATCH_SIZE)


def update_search_word_counts() -> None:
    """Count how common the words are that searches are completed with."""
    with db.writing() as session:
        search.update_word_counts(session)


def sweep_zero_result_queries() -> None:
    """Keep the commonest of the searches that found nothing."""
    with db.writing() as session:
        search.sweep_zero_result_queries(session)


def refresh_changed_follower_counts() -> None:
    """Count who likes the listings that somebody has just liked, or no longer does."""
    with db.writing() as session:
        favourites.refresh_changed_counts(session)


def refresh_all_follower_counts() -> None:
    """Count who likes each listing, whatever else has changed that."""
    with db.writing() as session:
        favourites.refresh_all_counts(session)


def sweep_accounts() -> None:
    """Delete the sessions, links and sign-ups whose time is over."""
    with db.writing() as session:
        accounts.sweep(session, now=utc_now())


def end_holidays() -> None:
    """Open the shops whose holiday is over."""
    with db.writing() as session:
        shop_settings.end_holidays(session, today=utc_now().date())


def sweep_invitations() -> None:
    """Delete the invitations whose time is over."""
    with db.writing() as session:
        invitations.sweep(session, now=utc_now())


def sweep_notifications() -> None:
    """Delete the notifications that were read long ago."""
    with db.writing() as session:
        notifications.sweep(session, now=utc_now())


def sweep_mail() -> None:
    """Delete the mail of a week ago."""
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
