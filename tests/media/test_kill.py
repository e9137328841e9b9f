"""Whichever process is killed while uploads are processed, each becomes one picture and leaves no file in quarantine."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from platform_app.domain.media import rules
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.stack import processes
from platform_app.stack.run import Run as Plaza
from platform_app.stack.supervisor import Child
from tests.imports import helpers
from tests.media import sample_files, upload_helpers
from workers.queues import NICENESS

TIERS = {"media": ["worker", "media"], "activity": ["worker", "activity"], "clock": ["clock"]}
UPLOADS = 12
WIDTHS = (400, 800, 1600)


@pytest.fixture(scope="module")
def plaza() -> Iterator[Plaza]:
    """One Plaza for all tests of this module."""
    with tempfile.TemporaryDirectory(prefix="plaza-kill-") as folder:
        Path(folder).chmod(0o755)
        (data := Path(folder) / "data").mkdir()
        with helpers.plaza(data, tiers=TIERS) as run, helpers.settings_of(run):
            yield run


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Pictures large enough to interrupt their jobs; the bytes after the end of each differ."""
    picture = sample_files.saved(Image.new("RGB", (6000, 5000), "teal"), "PNG", compress_level=1)
    return [picture + bytes([number]) for number in range(UPLOADS)]


@pytest.mark.parametrize("victim", ["media", "postgres", "valkey-work"])
def test_every_upload_becomes_one_picture_although_a_process_is_killed(
    plaza: Plaza, bodies: list[bytes], victim: str
) -> None:
    shop = upload_helpers.shop(f"killed-{victim}")
    before = set(upload_helpers.files())
    uploads = [upload_helpers.upload_file(shop, body, content_type="image/png") for body in bodies]
    worker = helpers.child(plaza, "media")
    helpers.supervise_until(plaza, lambda: 2 <= len(over(uploads)) < UPLOADS and is_at_work(worker))
    assert worker.process is not None
    assert psutil.Process(worker.process.pid).nice() == min(19, psutil.Process().nice() + NICENESS["media"])
    killed = helpers.child(plaza, victim)
    restarts = killed.restarts
    helpers.kill(killed)
    helpers.supervise_until(
        plaza, lambda: killed.restarts > restarts and len(over(uploads)) == UPLOADS and helpers.is_idle(plaza)
    )
    ended = over(uploads)
    assert {upload.state for upload in ended} == {UploadState.READY}
    assert sorted(one[0] for one in upload_helpers.pictures(shop)) == sorted(
        upload.picture_id for upload in ended if upload.picture_id
    )
    assert len({upload.content for upload in ended}) == UPLOADS
    expected = {rules.picture_key(str(upload.content), width) for upload in ended for width in WIDTHS}
    assert set(upload_helpers.files()) == before | expected


def over(uploads: list[Upload]) -> list[Upload]:
    """The uploads that have ended, as stored now."""
    now = [upload_helpers.state(upload) for upload in uploads]
    return [upload for upload in now if not upload.state.is_open]


def is_at_work(worker: Child) -> bool:
    return worker.process is not None and processes.descendants(worker.process.pid) != []
