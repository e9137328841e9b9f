"""A whole Plaza for a browser: two web processes on two ports, a worker, the clock, and a small market."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, invalidation, outbox
from platform_app.infra.settings import ROOT
from platform_app.stack import frontend, processes
from tests.conftest import reset_all
from tests.e2e import users
from tests.factories import NOW, index_listings, make_pictures
from tests.infra.database_servers import wait_until
from workers import media

# The headless shell draws pages without windows, which takes a fraction of the processor time.
CHROMIUM = os.environ.get("PLAZA_CHROMIUM") or shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
).split()
CATEGORIES = (
    ("clothing", "Clothing", None, 0, "shirt"),
    ("tops", "Tops & shirts", "clothing", 0, ""),
    ("home-living", "Home & living", None, 1, "lamp"),
)
TIMEOUT_SECONDS = 120.0  # long, because tests assert what appears and not when
expect.set_options(timeout=TIMEOUT_SECONDS * 1000)
COLOURS = {"Oat": "#d8c8ae", "Ink": "#2b3440"}


class Tier:
    """A module that runs as a separate process, which a test may kill and start again."""

    def __init__(self, *arguments: str, log: Path, url: str = "") -> None:
        self.arguments = arguments
        self.log = log
        self.environment = {**os.environ, **({"PLAZA_PUBLIC_URL": url} if url else {})}
        self.start()

    def start(self) -> None:
        """Start the process; returns at once."""
        command = [sys.executable, "-m", *self.arguments]
        self.process = processes.spawn(command, log=self.log, env=self.environment, cwd=ROOT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Suspend the process until the block ends."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def built() -> None:
    """The frontend, compiled from the current sources."""
    with (ROOT / ".web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other test process may be compiling too
        if not frontend.is_current():
            subprocess.run([sys.executable, "-m", "platform_app", "build"], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="package")
def tiers(built: None, environment: None, stack: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """Two web processes, a worker of all queues, and the clock; shared by all modules of tests."""
    ports = [processes.free_port() for _ in range(2)]
    logs = stack.folder / "e2e"
    logs.mkdir(exist_ok=True)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    webs = [
        Tier("platform_app", "web", "--all-in-one", "--port", str(port), url=url, log=logs / f"web-{port}.log")
        for port, url in zip(ports, urls, strict=True)
    ]
    worker = Tier("tests.e2e.worker", url=urls[0], log=logs / "worker.log")
    clock = Tier("platform_app", "clock", log=logs / "clock.log")
    try:
        for url in urls:
            await_ready(url)
        yield SimpleNamespace(url=urls[0], urls=urls, webs=webs, worker=worker, await_ready=await_ready)
    finally:
        stop_tiers([*webs, worker, clock])


@pytest.fixture(scope="module")
def plaza(tiers: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The running tiers with a few listings for sale, cleared of other modules' rows."""
    reset_all()
    clear_web_caches(len(tiers.webs))
    seed()
    await_jobs()  # every open page has refreshed by then
    yield tiers
    await_jobs()
    reset_all()


def clear_web_caches(count: int) -> None:
    """Make `count` web processes drop their caches, as a broken connection to Redis does."""
    redis = invalidation.work_redis()
    redis.client_kill_filter(_type="pubsub")
    wait_until(lambda: dict(redis.pubsub_numsub(invalidation.CHANNEL))[invalidation.CHANNEL.encode()] == count)


def await_ready(url: str) -> None:
    """Wait until a web process answers."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz/ready") as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"{url} did not become ready")


def await_jobs() -> None:
    """Wait until no job is queued."""

    def are_done() -> bool:
        with db.reading() as session:
            return not outbox.backlog(session).waiting

    wait_until(are_done)


def stop_tiers(tiers: Sequence[Tier]) -> None:
    """Stop all tiers at the same time."""
    processes.stop_all([tier.process for tier in tiers], seconds=60)


def seed() -> None:
    """Add a shop with a shirt in two colours and thirty mugs."""
    stored_pictures = {
        name: media.store_sizes(Image.new("RGB", (640, 800), colour), content=f"{number:064x}")
        for number, (name, colour) in enumerate(COLOURS.items(), 1)
    }
    images = [
        media.store_sizes(
            Image.new("RGB", (1600, 533), "#7b4a32"), content=f"{number:064x}", widths=(400, 800, 1600)
        ).content
        for number in (8, 9)
    ]
    sources = {f"content:{picture.content}": picture for picture in stored_pictures.values()}
    oat, ink = sources
    shirt = ListingInput(
        key="shirt",
        title="Ocean linen shirt",
        description="Washed linen.\n\nCut wide.",
        category="tops",
        options=("Colour",),
        variants=(
            VariantInput(choice=("Oat",), price=5000, quantity=9, picture=oat),
            VariantInput(choice=("Ink",), price=6500, quantity=0, picture=ink),
        ),
        pictures=(PictureInput(source=oat, alt="In oat"), PictureInput(source=ink, alt="In ink")),
        attributes={"Material": "Linen"},
    )
    mugs = [
        ListingInput(
            key=f"mug-{n}",
            title=f"Mug number {n}",
            category="home-living",
            variants=(VariantInput(price=1000 + n, quantity=n % 3),),
            pictures=(PictureInput(source=oat),),
        )
        for n in range(30)
    ]
    with db.writing() as session:
        catalog.seed_categories(session, tree=CATEGORIES)
        shop = shops.create_if_missing(
            session,
            profile=ShopProfile(
                slug="clay-and-co", name="Clay & Co", tagline="Made by hand", mark=images[0], cover=images[1]
            ),
            now=NOW,
        )
        make_pictures(session, shop=shop, pictures=sources)
        saved = catalog.save_many(session, shop=shop, inputs=[*mugs, shirt], reason=Reason.OPENING, now=NOW)
        index_listings(session, *(done.listing_id for done in saved))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It keeps an event loop running in this process, so tests of other files run after it has closed."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page, on a phone and signed out by default; fails at the end if the console has messages."""
    contexts: list[BrowserContext] = []
    console_messages: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            console_messages.append(f"{message.type}: {message.text}")

    def opened(
        url: str,
        *,
        token: str = "",
        width: int = 390,
        javascript: bool = True,
        allowed_messages: str | tuple[str, ...] = (),
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=javascript)
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        if token:
            users.set_session_cookie(page, "/".join(url.split("/")[:3]), token)
        expected = (allowed_messages,) if isinstance(allowed_messages, str) else allowed_messages
        page.on("console", lambda message: None if any(each in message.text for each in expected) else listen(message))
        page.on("pageerror", lambda error: console_messages.append(f"uncaught: {error}"))
        page.goto(url)
        if javascript:
            page.wait_for_selector("main[data-ready]")
        return page

    yield opened
    for page in (page for context in contexts for page in context.pages):
        page.title()  # after this, all console messages have arrived
    messages = list(console_messages)  # closing a page while its socket opens logs an error, too
    for context in contexts:
        context.close()
    assert messages == []


@pytest.fixture
def open_as(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a page with the session of this token."""
    return lambda token, url, **options: open_page(url, token=token, **options)
