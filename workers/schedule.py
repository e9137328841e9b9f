"""What the clock does by itself, and how often."""

from collections.abc import Callable
from datetime import timedelta

from platform_app.domain.accounts import service as accounts
from platform_app.domain.activity import rules
from platform_app.domain.editing import service as editing
from platform_app.domain.editing.service import uploads
from platform_app.domain.favourites import service as favourites
from platform_app.domain.imports import service as imports
from platform_app.domain.imports.service import steps
from platform_app.domain.media import service as media
from platform_app.domain.notifications import service as notifications
from platform_app.domain.search import service as search
from platform_app.domain.search.rules import LEADING
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.service import invitations
from platform_app.domain.shops.service import settings as shop_settings
from platform_app.infra import db, documents, mail, outbox
from platform_app.infra.settings import settings

KEEP_DONE = timedelta(days=7)
KEEP_MAIL = timedelta(days=7)
LEADING_STEP = 1000
SWEEP = "workers.media.sweep"
ROLL_UP = "workers.activity.roll_up"


def retry_pictures() -> None:
    """Queue the pictures whose time to try again has come."""
    with db.writing() as session:
        media.retry_due(session, now=utc_now())


def end_overdue_uploads() -> None:
    """End the uploads whose file did not come in time, or whose job was given up, and tell who waits for the picture."""
    with db.writing() as session:
        for upload in media.end_overdue_uploads(session, now=utc_now()):
            uploads.tell_rejected(session, upload=upload, now=utc_now())


def sweep_uploads() -> None:
    """Forget the uploads that ended a week ago."""
    with db.writing() as session:
        media.sweep_uploads(session, now=utc_now())


def sweep_files() -> None:
    """Queue the job that deletes files nobody names, once a day however often a clock begins.

    Going through them all takes too long for the clock itself, and a Plaza that starts has other things to do first.
    """
    with db.writing() as session:
        if not outbox.was_added(session, SWEEP, since=utc_now() - timedelta(days=1)):
            outbox.add(session, SWEEP, after=timedelta(hours=1))


def end_given_up_imports() -> None:
    """End the imports whose job was given up."""
    with db.writing() as session:
        imports.end_given_up(session, now=utc_now())


def sweep_blank_listings() -> None:
    """Forget the listings that were begun yesterday and of which nothing was written."""
    with db.writing() as session:
        editing.sweep_blanks(session, now=utc_now())


def discard_overdue_imports() -> None:
    """Discard the imports that were begun in a browser and never finished."""
    with db.writing() as session:
        steps.discard_overdue(session, now=utc_now())


def count_views() -> None:
    """Queue the counting of today, and of yesterday shortly after midnight, unless it waits already."""
    with db.writing() as session:
        for day in rules.counted_days(utc_now()):
            if not outbox.is_waiting(session, ROLL_UP, day=day.isoformat()):
                outbox.add(session, ROLL_UP, day=day.isoformat())


def sweep_outbox() -> None:
    """Delete the outbox rows of jobs that were done a week ago."""
    with db.writing() as session:
        outbox.sweep(session, done_before=utc_now() - KEEP_DONE)


def remove_expired_documents() -> None:
    """Delete the documents whose time is over."""
    documents.from_settings(settings(), db.engine()).remove_expired(limit=10_000)


def choose_leading_listings() -> None:
    """Let the best listings lead the search index, some at a time so that no reindexing waits long."""
    changed = LEADING_STEP
    while changed == LEADING_STEP:
        with db.writing() as session:
            changed = search.choose_leading(session, count=LEADING, limit=LEADING_STEP)


def count_search_words() -> None:
    """Count how common the words are that searches are completed with."""
    with db.writing() as session:
        search.count_words(session)


def sweep_search_misses() -> None:
    """Keep the commonest of the searches that found nothing."""
    with db.writing() as session:
        search.sweep_misses(session)


def count_followers() -> None:
    """Count who likes the listings that somebody has just liked, or no longer does."""
    with db.writing() as session:
        favourites.count(session)


def count_all_followers() -> None:
    """Count who likes each listing, whatever else has changed that."""
    with db.writing() as session:
        favourites.count_all(session)


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
        mail.sweep(session, created_before=utc_now() - KEEP_MAIL)


SCHEDULE: dict[Callable[[], None], timedelta] = {
    count_followers: timedelta(seconds=3),
    retry_pictures: timedelta(seconds=15),
    end_given_up_imports: timedelta(seconds=15),
    end_overdue_uploads: timedelta(seconds=15),
    count_views: timedelta(minutes=5),
    choose_leading_listings: timedelta(minutes=5),
    count_search_words: timedelta(minutes=15),
    sweep_search_misses: timedelta(minutes=15),
    end_holidays: timedelta(minutes=5),
    sweep_accounts: timedelta(minutes=15),
    sweep_invitations: timedelta(hours=1),
    sweep_mail: timedelta(hours=1),
    sweep_notifications: timedelta(hours=1),
    discard_overdue_imports: timedelta(minutes=15),
    sweep_outbox: timedelta(hours=1),
    remove_expired_documents: timedelta(minutes=1),
    sweep_uploads: timedelta(hours=1),
    sweep_blank_listings: timedelta(hours=1),
    sweep_files: timedelta(hours=1),
    count_all_followers: timedelta(days=1),
}
