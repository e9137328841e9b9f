"""What the clock puts back, and what it gives up."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_app.domain.imports import queries, service
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import RunState
from platform_app.infra import db, outbox
from tests.factories import NOW, make_shop

pytestmark = pytest.mark.usefixtures("clean")


def test_many_jobs_of_one_queue_hide_none_of_another() -> None:
    with db.writing() as session:
        for _ in range(30):
            outbox.add(session, "workers.media.fetch", shop_id="", picture_ids=[])
        late = outbox.add(session, "workers.imports.run", run_id="")
        outbox.claim_due(session, limit=100)
    with db.reading() as session:
        soon = datetime.now(UTC) + timedelta(seconds=5)
        found = outbox.unreported(session, sent_before=soon, limit=10)
    assert len(found) == 11
    assert late in {entry.id for entry in found}


def test_an_import_whose_job_was_given_up_ends_and_can_be_taken_back() -> None:
    with db.writing() as session:
        run = service.start(
            session,
            shop=make_shop(session),
            file_key="imports/x.csv",
            file_name="x.csv",
            asked_format=Format.AUTO,
            mapping={},
            dry_run=False,
            now=NOW,
        )
        assert service.fail_abandoned(session, now=NOW) == 0
        session.execute(outbox.outbox.update().values(failed_at=NOW, error="Traceback\nValueError: boom"))
        assert service.fail_abandoned(session, now=NOW) == 1
        ended = queries.run(session, run_id=run.id)
        assert (ended.state, ended.message) == (RunState.FAILED, "ValueError: boom")
        # Its rows are archived like any other's: left where they are, they would count against the shop for ever.
        assert outbox.was_added(session, "workers.imports.archive", since=NOW - timedelta(days=1))
        assert service.fail_abandoned(session, now=NOW) == 0
