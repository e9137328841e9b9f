"""Whatever is killed while uploads are taken, each becomes one picture and leaves nothing in quarantine."""

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
from tests.imports import running
from tests.media import files, uploading
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
        with running.plaza(data, tiers=TIERS) as run, running.settings_of(run):
            yield run


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Pictures large enough to be in the middle of; each differs by what follows its end."""
    picture = files.saved(Image.new("RGB", (6000, 5000), "teal"), "PNG", compress_level=1)
    return [picture + bytes([number]) for number in range(UPLOADS)]


@pytest.mark.parametrize("victim", ["media", "postgres", "valkey-work"])
def test_every_upload_becomes_one_picture_although_a_process_was_killed(
    plaza: Plaza, bodies: list[bytes], victim: str
) -> None:
    shop = uploading.shop(f"killed-{victim}")
    before = set(uploading.files())
    uploads = [uploading.received(shop, body, content_type="image/png") for body in bodies]
    worker = running.child(plaza, "media")
    running.tend_until(plaza, lambda: 2 <= len(over(uploads)) < UPLOADS and is_at_work(worker))
    assert worker.process is not None
    assert psutil.Process(worker.process.pid).nice() == psutil.Process().nice() + NICENESS["media"]
    killed = running.child(plaza, victim)
    restarts = killed.restarts
    running.kill(killed)
    running.tend_until(
        plaza, lambda: killed.restarts > restarts and len(over(uploads)) == UPLOADS and running.all_is_done()
    )
    ended = over(uploads)
    assert {upload.state for upload in ended} == {UploadState.READY}
    assert sorted(one[0] for one in uploading.pictures(shop)) == sorted(
        upload.picture_id for upload in ended if upload.picture_id
    )
    assert len({upload.content for upload in ended}) == UPLOADS
    made = {rules.key(str(upload.content), width) for upload in ended for width in WIDTHS}
    assert set(uploading.files()) == before | made


def over(uploads: list[Upload]) -> list[Upload]:
    """The uploads that have ended, as they are now."""
    now = [uploading.state(upload) for upload in uploads]
    return [upload for upload in now if not upload.state.is_open]


def is_at_work(worker: Child) -> bool:
    return worker.process is not None and processes.descendants(worker.process.pid) != []
