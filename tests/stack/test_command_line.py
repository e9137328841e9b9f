"""`up`, `down` and other commands, as a user at the terminal sees them."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from platform_app.cli.app import MODULES, run
from platform_app.cli.errors import CommandError
from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.service import two_factor
from platform_app.domain.search import service as search
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from platform_app.infra.settings import ROOT, RUN_FILE, settings
from platform_app.stack import datadir, processes, runfile
from tests.factories import NOW, PASSWORD, make_shop, make_user


def run_plaza(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "platform_app", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_a_second_start_on_the_same_data_names_the_url_of_the_first(tmp_path: Path) -> None:
    datadir.prepare(tmp_path)
    lock_fd = datadir.lock(tmp_path)
    try:
        entries = [runfile.process_entry(runfile.SUPERVISOR, os.getpid())]
        url = "http://127.0.0.1:8123"
        runfile.save(tmp_path, runfile.RunRecord(run="x", url=url, port=8123, ready=True, entries=entries))
        secret = tmp_path / "secrets.json"
        secret.write_text("{}")
        refused = run_plaza("up", "--fresh", "--data", str(tmp_path))
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert refused.stderr == (
            f"Plaza is already running on {tmp_path} ({url}); stop it with ./plaza down --data '{tmp_path}'.\n"
        )
        assert secret.exists()
    finally:
        os.close(lock_fd)


def test_a_taken_port_is_refused_with_the_process_that_uses_it(tmp_path: Path) -> None:
    port = processes.free_port()
    with socket.socket() as taken:
        taken.bind((processes.HOST, port))
        taken.listen()
        refused = run_plaza("up", "--port", str(port), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {port} is taken by process {os.getpid()} (")
    assert not (tmp_path / "data" / "postgres").exists()


def test_stopping_without_a_running_plaza_succeeds_and_status_fails(tmp_path: Path) -> None:
    for _ in range(2):
        done = run_plaza("down", "--data", str(tmp_path), cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "Plaza is not running.\n", "")
    status = run_plaza("status", "--data", str(tmp_path))
    assert (status.returncode, status.stdout) == (1, "Plaza is not running.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["dance"], 2, "There is no command dance; ./plaza --help lists them.\n"),
        (["status", "--loud"], 2, "No such option: --loud. ./plaza status --help shows the usage.\n"),
        (["up", "--data", "/proc/plaza"], 1, "/proc/plaza cannot be used: "),
        (["test", "nothing-here"], 1, "There are no tests named nothing-here; there are "),
    ],
)
def test_a_failing_command_prints_one_sentence(arguments: list[str], code: int, sentence: str) -> None:
    refused = run_plaza(*arguments)
    assert refused.returncode == code
    assert refused.stdout == ""
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_help_lists_every_command() -> None:
    shown = run_plaza("--help")
    assert shown.returncode == 0
    commands = [line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")]
    assert commands == [
        *("up", "down", "status", "logs", "doctor"),
        *("dev", "build", "publish"),
        *("new", "test", "check"),
        *("db", "seed", "import"),
        "search",
        "rates",
        "page",
        "report",
        "user",
        "shop",
        *("web", "api", "worker", "clock"),
        "deploy",
        "bench",
    ]


EVERY_HELP = """
import io, sys
from contextlib import redirect_stdout
from typer.core import TyperGroup
from typer.main import get_command
from platform_app.cli.app import MODULES, load_app, run

def leaves(command, words):
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from leaves(child, [*words, name])
    else:
        yield words, command

for name in MODULES:
    command = get_command(load_app(name))
    found = leaves(command, []) if isinstance(command, TyperGroup) else [([name], command)]
    for words, leaf in found:
        if words[0] == name:
            out = io.StringIO()
            with redirect_stdout(out):
                code = run([*words, "--help"])
            takes_data = any("--data" in parameter.opts for parameter in leaf.params)
            print("|".join([" ".join(words), str(code), str("Usage: ./plaza" in out.getvalue()), str(takes_data)]))
"""
TOUCH_DATA = ("bench", "db", "import", "search", "seed", "shop", "user")


def test_every_command_shows_its_help_without_a_plaza_and_without_settings(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLAZA_")}
    shown = subprocess.run(
        [sys.executable, "-c", EVERY_HELP],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(ROOT), "PLAZA_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = [line.split("|") for line in shown.stdout.splitlines()]
    assert {words.split()[0] for words, *_ in rows} == set(MODULES)
    assert [words for words, code, is_usage, _ in rows if (code, is_usage) != ("0", "True")] == []
    without = [words for words, *_, takes in rows if words.split()[0] in TOUCH_DATA and takes == "False"]
    assert without == ["bench dev"]  # it works on a copy, with data of its own


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment without settings, as in a new terminal."""
    for name in [name for name in os.environ if name.startswith("PLAZA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLAZA_DATA", "")  # variables that a command sets are removed again
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "listings.csv", "--shop", "one"],
        ["seed"],
        ["user", "ban", "ada@example.com"],
        ["shop", "add-owner", "one", "ada@example.com"],
        ["search", "zero-result-queries"],
        ["db", "current"],
        ["bench", "search"],
    ],
    ids=lambda words: words[0],
)
def test_a_command_uses_the_plaza_of_its_data_directory(unset: None, tmp_path: Path, arguments: list[str]) -> None:
    data = tmp_path / "a shop"
    with pytest.raises(CommandError) as refused:
        run([*arguments, "--data", str(data)])
    sentence = f"Plaza is not running on {data}: start it with ./plaza up --data '{data}', or set PLAZA_DATABASE_URL"
    assert str(refused.value).removesuffix(".").removesuffix(" and the other settings") == sentence


def test_a_second_plaza_is_reached_by_its_data_directory(clean: None, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    given = {name: os.environ[name] for name in ("PLAZA_DATABASE_URL", "PLAZA_SECRET_KEY")}
    (tmp_path / RUN_FILE).write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLAZA_")}
    command = [sys.executable, "-m", "platform_app", "user", "create", "ada@example.com", "--data", str(tmp_path)]
    created = subprocess.run(
        command, cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (created.returncode, created.stderr) == (0, "")
    with db.reading() as reading:
        assert accounts.user_by_email(reading, email="ada@example.com").role == "member"


def test_zero_result_queries_are_listed(clean: None) -> None:
    with db.writing() as writing:
        for words in ("red unicorn", "dragon", "red unicorn"):
            search.record_zero_results(writing, words=words, now=NOW)
    shown = run_plaza("search", "zero-result-queries", "--limit", "1")
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["words", "times", "last", "asked"],
        ["red", "unicorn", "2", "2026-11-23", "09:00", "UTC"],
    ]
    listed = json.loads(run_plaza("search", "zero-result-queries", "--json").stdout)
    assert [(query["words"], query["times"]) for query in listed] == [("red unicorn", 2), ("dragon", 1)]


def test_a_user_is_created_promoted_banned_and_unbanned(clean: None) -> None:
    created = run_plaza("user", "create", "root@example.com", "--role", "admin")
    first, link = created.stdout.splitlines()
    assert first == "root@example.com was created (admin). Link to choose a password, valid for an hour:"
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/reset#token=[\w-]{43}", link)
    outputs = [
        run_plaza("user", *arguments).stdout
        for arguments in (
            ["promote", "Root@example.com", "--role", "support"],
            ["ban", "root@example.com"],
            ["unban", "root@example.com"],
        )
    ]
    assert outputs == [
        "root@example.com now has the role support.\n",
        "root@example.com is banned and signed out everywhere.\n",
        "root@example.com may sign in again.\n",
    ]
    with db.reading() as reading:
        user = accounts.user_by_email(reading, email="root@example.com")
    assert (user.role, user.banned_at) == ("support", None)


def test_two_factor_sign_in_is_reset_for_a_user_without_codes(clean: None) -> None:
    with db.writing() as session:
        user = make_user(session, email="ada@example.com").user
        setup = two_factor.start_totp_setup(session, user_id=user.id, password=PASSWORD)
        now = utc_now()
        two_factor.confirm_totp_setup(session, user_id=user.id, code=pyotp.TOTP(setup.secret).at(now), now=now)
    completed = run_plaza("user", "reset-two-factor", "ada@example.com")
    assert (completed.stdout, completed.stderr) == (
        "ada@example.com now signs in with the password alone, and is signed out everywhere.\n",
        "",
    )
    with db.reading() as session:
        assert accounts.sessions(session, user_id=user.id) == ()
    again = run_plaza("user", "reset-two-factor", "ada@example.com")
    assert (again.returncode, again.stderr) == (1, "Two-factor sign-in is already off for this user.\n")


def test_a_user_is_made_the_owner_of_a_shop(clean: None) -> None:
    with db.writing() as session:
        shop = make_shop(session)
        owner = make_user(session, email="olga@example.com").user
    output = run_plaza("shop", "add-owner", "clay-and-co", "olga@example.com").stdout
    assert output == "olga@example.com owns Clay & Co now: http://127.0.0.1:8000/sell/clay-and-co\n"
    with db.reading() as reading:
        assert [each.user_id for each in shops.members(reading, shop_id=shop.id)] == [owner.id]
    refused = run_plaza("shop", "add-owner", "no-shop", "olga@example.com")
    assert (refused.returncode, refused.stderr) == (1, 'There is no shop "no-shop".\n')


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "nonsense"], "Enter an e-mail address such as ada@example.com."),
        (["ban", "nobody@example.com"], "No user has this e-mail address."),
        (["reset-two-factor", "nobody@example.com"], "No user has this e-mail address."),
        (["promote", "nobody@example.com", "--role", "king"], "'king' is not one of 'member', 'support', 'admin'"),
    ],
)
def test_a_failing_user_command_says_why(clean: None, arguments: list[str], sentence: str) -> None:
    refused = run_plaza("user", *arguments)
    assert (refused.returncode != 0, refused.stdout, sentence in refused.stderr) == (True, "", True)


def test_secrets_are_reencrypted_with_the_previous_key(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.writing() as writing:
        user = make_user(writing).user
        two_factor.start_totp_setup(writing, user_id=user.id, password=PASSWORD)
    before = os.environ["PLAZA_SECRET_KEY"]
    monkeypatch.setenv("PLAZA_SECRET_KEY", "another-key" * 4)
    refused = run_plaza("user", "reencrypt")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("A secret is encrypted with neither key.")
    monkeypatch.setenv("PLAZA_SECRET_KEY_PREVIOUS", before)
    done = "Every secret is encrypted with PLAZA_SECRET_KEY. PLAZA_SECRET_KEY_PREVIOUS is no longer needed.\n"
    assert run_plaza("user", "reencrypt").stdout == done
    monkeypatch.delenv("PLAZA_SECRET_KEY_PREVIOUS")
    assert run_plaza("user", "reencrypt").stdout == done
