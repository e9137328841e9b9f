"""The clock's scheduled tasks and their intervals. Each task runs a few quick statements or queues a job."""

from datetime import timedelta

from platform_app.domain.activity import rules
from platform_app.domain.editing import service as editing
from platform_app.domain.editing.service import bulk, uploads
from platform_app.domain.favourites.service import followers
from platform_app.domain.imports import service as imports
from platform_app.domain.imports.service import browser_flow
from platform_app.domain.media import service as media
from platform_app.domain.notifications import service as notifications
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import closing, invitations
from platform_app.domain.stock_alerts import service as stock_alerts
from platform_app.infra import db, document_store, mail, outbox
from platform_app.infra.events import Job, job_name
from platform_app.infra.relay import Task
from platform_app.infra.settings import settings
from workers import accounts, activity, catalog, favourites, search, shops
from workers import media as media_jobs

OUTBOX_RETENTION = timedelta(days=7)
MAIL_RETENTION = timedelta(days=7)


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


def enqueue_file_sweep() -> None:
    """Queue the job that deletes unreferenced files: once a day however often the clock starts, not during start-up."""
    job = job_name(media_jobs.sweep)
    with db.writing() as session:
        if not outbox.was_added(session, job, since=utc_now() - timedelta(days=1)):
            outbox.add(session, job, after=timedelta(hours=1))


def fail_abandoned_imports() -> None:
    """End imports whose job failed for good."""
    with db.writing() as session:
        imports.fail_abandoned(session, now=utc_now())


def sweep_blank_drafts() -> None:
    """Delete new listings that have stayed empty for a day."""
    with db.writing() as session:
        editing.sweep_blank_drafts(session, now=utc_now())


def sweep_bulk_undo() -> None:
    """Forget the bulk changes that can no longer be undone."""
    with db.writing() as session:
        bulk.sweep_undo(session, now=utc_now())


def discard_overdue_imports() -> None:
    """Discard browser imports that were not finished."""
    with db.writing() as session:
        browser_flow.discard_overdue(session, now=utc_now())


def enqueue_view_counts() -> None:
    """Queue the roll-up of today, and shortly after midnight of yesterday, unless it is already queued."""
    with db.writing() as session:
        for day in rules.days_to_count(utc_now()):
            outbox.add_unless_pending(session, job_name(activity.roll_up), day=day.isoformat())


def sweep_outbox() -> None:
    """Delete outbox rows of jobs done a week ago."""
    with db.writing() as session:
        outbox.sweep(session, done_before=utc_now() - OUTBOX_RETENTION)


def remove_expired_documents() -> None:
    """Delete expired documents."""
    document_store.from_settings(settings(), db.engine()).remove_expired(limit=10_000)


def refresh_changed_follower_counts() -> None:
    """Recount the followers of listings whose favourites changed."""
    with db.writing() as session:
        followers.refresh_changed(session)


def sweep_invitations() -> None:
    """Delete expired invitations."""
    with db.writing() as session:
        invitations.sweep(session, now=utc_now())


def delete_overdue_shops() -> None:
    """Queue the deletion of closed shops that nobody can reopen any more."""
    with db.writing() as session:
        for shop_id in closing.overdue(session, now=utc_now()):
            outbox.add_unless_pending(session, job_name(catalog.delete_overdue_shop), shop_id=str(shop_id))


def sweep_notifications() -> None:
    """Delete notifications that were read long ago."""
    with db.writing() as session:
        notifications.sweep(session, now=utc_now())


def sweep_stock_alerts() -> None:
    """Delete what has been waited for too long."""
    with db.writing() as session:
        stock_alerts.sweep(session, now=utc_now())


def take_over_opt_outs() -> None:
    """Turn off the mails that users have turned off in a process of the release before."""
    with db.writing() as session:
        notifications.take_over_opt_outs(session)


def sweep_mail() -> None:
    """Delete mail older than a week."""
    with db.writing() as session:
        mail.sweep(session, created_before=utc_now() - MAIL_RETENTION)


def _enqueue(job: Job) -> Task:
    """A task that queues this job, unless it is already waiting or running."""

    def enqueue() -> None:
        with db.writing() as session:
            outbox.add_unless_pending(session, job_name(job))

    enqueue.__name__ = job_name(job)
    return enqueue


SCHEDULE: dict[Task, timedelta] = {
    refresh_changed_follower_counts: timedelta(seconds=3),
    retry_pictures: timedelta(seconds=15),
    fail_abandoned_imports: timedelta(seconds=15),
    expire_overdue_uploads: timedelta(seconds=15),
    remove_expired_documents: timedelta(minutes=1),
    enqueue_view_counts: timedelta(minutes=5),
    _enqueue(search.reindex_outdated): timedelta(minutes=5),
    _enqueue(search.update_top_tier): timedelta(minutes=5),
    _enqueue(shops.end_holidays): timedelta(minutes=5),
    _enqueue(search.update_word_counts): timedelta(minutes=15),
    _enqueue(search.sweep_zero_result_queries): timedelta(minutes=15),
    _enqueue(accounts.sweep): timedelta(minutes=15),
    discard_overdue_imports: timedelta(minutes=15),
    take_over_opt_outs: timedelta(minutes=15),
    sweep_invitations: timedelta(hours=1),
    sweep_mail: timedelta(hours=1),
    sweep_notifications: timedelta(hours=1),
    sweep_stock_alerts: timedelta(hours=1),
    sweep_outbox: timedelta(hours=1),
    sweep_uploads: timedelta(hours=1),
    sweep_blank_drafts: timedelta(hours=1),
    delete_overdue_shops: timedelta(hours=1),
    sweep_bulk_undo: timedelta(hours=1),
    enqueue_file_sweep: timedelta(hours=1),
    _enqueue(shops.repair_membership_copies): timedelta(hours=1),
    _enqueue(favourites.refresh_all_counts): timedelta(days=1),
}
