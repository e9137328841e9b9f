"""The picture job: one failing picture stops no other, and the next run finishes an interrupted one."""

from uuid import UUID

import pytest
from sqlalchemy import select

from platform_app.domain.catalog import service as catalog
from platform_app.domain.media import queries, service
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, jobs, outbox, storage
from platform_app.infra import fetch as web
from tests.factories import NOW, make_shop
from tests.media.test_pictures import jpeg
from workers import media

SOURCES = ["https://a/1.jpg", "https://a/2.jpg", "https://a/3.jpg"]


class FakeWeb:
    """Pictures or errors by URL; records the requested URLs."""

    def __init__(self, answers: dict[str, bytes | Exception]) -> None:
        self.answers, self.requested = answers, list[str]()

    def get(self, url: str, *, max_bytes: int) -> bytes:
        """The picture at this URL."""
        self.requested.append(url)
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> FakeWeb:
    """Three valid pictures."""
    served = FakeWeb(dict.fromkeys(SOURCES, jpeg(20, 20)))
    monkeypatch.setattr(web, "get", served.get)
    return served


@pytest.fixture
def shop(clean: None, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with three requested pictures, and the job that fetches them."""
    with db.writing() as session:
        created = make_shop(session)
        service.request(session, shop_id=created.id, sources=SOURCES, now=NOW)
    monkeypatch.setattr(jobs, "current_id", lambda: job().id)
    return created


def job() -> outbox.Entry:
    with db.reading() as session:
        row = session.execute(select(outbox.outbox).where(outbox.outbox.c.job == "workers.media.fetch")).mappings()
        return outbox.Entry.model_validate(dict(row.one()))


def run(shop: Shop) -> None:
    media.fetch(shop_id=str(shop.id), picture_ids=[str(one) for one in job().arguments["picture_ids"]])  # type: ignore[union-attr]


def states(shop: Shop) -> tuple[int, int, int]:
    with db.reading() as session:
        found = queries.picture_counts(session, shop_id=shop.id, sources=SOURCES)
    return found.ready, found.pending, found.failed


def is_done() -> bool:
    with db.reading() as session:
        done = select(outbox.outbox.c.done_at).where(outbox.outbox.c.id == job().id)
        return session.execute(done).scalar_one() is not None


@pytest.mark.parametrize("error", [TypeError("url strings may not include unicode characters."), ZeroDivisionError()])
def test_an_unexpected_error_fails_one_picture_only(shop: Shop, pictures: FakeWeb, error: Exception) -> None:
    pictures.answers[SOURCES[1]] = error
    run(shop)
    assert states(shop) == (2, 0, 1)
    with db.reading() as session:
        assert queries.unavailable_sources(session, shop_id=shop.id, sources=SOURCES) == [
            (SOURCES[1], "could not be read")
        ]
    assert is_done()


def test_a_picture_that_is_too_tall_fails_alone(shop: Shop, pictures: FakeWeb) -> None:
    pictures.answers[SOURCES[0]] = jpeg(790, 20_000)
    run(shop)
    with db.reading() as session:
        ((source, reason),) = queries.unavailable_sources(session, shop_id=shop.id, sources=SOURCES)
    assert (source, reason[:11]) == (SOURCES[0], "is too tall")
    assert states(shop) == (2, 0, 1)


def test_an_outage_stops_the_job_and_the_next_run_does_the_rest(
    shop: Shop, pictures: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[UUID]] = []
    monkeypatch.setattr(catalog, "reindex_with_pictures", lambda _, *, shop_id, picture_ids: shown.append(picture_ids))
    pictures.answers[SOURCES[1]] = storage.StorageUnavailable("The disk is full.")
    with pytest.raises(storage.StorageUnavailable):
        run(shop)
    stopped_at = states(shop)
    assert stopped_at[2] == 0
    assert not is_done()
    assert shown == []
    requests_before = len(pictures.requested)
    pictures.answers[SOURCES[1]] = jpeg(20, 20)
    run(shop)
    assert states(shop) == (3, 0, 0)
    assert len(pictures.requested) - requests_before == 3 - stopped_at[0]
    assert [len(ids) for ids in shown] == [3]


def test_a_second_run_fetches_nothing(shop: Shop, pictures: FakeWeb) -> None:
    run(shop)
    run(shop)
    assert sorted(pictures.requested) == SOURCES
    assert states(shop) == (3, 0, 0)


def test_a_shops_slow_pictures_leave_the_rest_to_its_next_turn(
    shop: Shop, pictures: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TURN_SECONDS", 0.0)
    first = job()
    run(shop)
    assert len(pictures.requested) == 1
    with db.reading() as session:
        table = outbox.outbox
        found = session.execute(select(table).where(table.c.job == first.job).order_by(table.c.id)).all()
    assert [(row.owner, len(row.arguments["picture_ids"]), row.done_at is None) for row in found] == [
        (shop.id, 3, False),
        (shop.id, 2, True),
    ]
