"""The fuzzer's messages are the same for the same seed, so that a failure can be seen again."""

import json

from tools.bench.fuzz import Fuzzer
from tools.bench.hostile_requests import Request


def messages(seed: int) -> str:
    fuzzer = Fuzzer("http://127.0.0.1:1", [Request("GET /", "plain", "GET", "/")], seed=seed)
    return json.dumps([[fuzzer.value(), fuzzer._frame()] for _ in range(200)])


def test_a_seed_makes_the_same_messages_again() -> None:
    assert messages(1) == messages(1)
    assert messages(1) != messages(2)


def test_a_damaged_body_keeps_its_other_fields() -> None:
    fuzzer = Fuzzer("http://127.0.0.1:1", [], seed=3)
    body = {"email": "ada@example.com", "password": "x" * 900}
    damaged = [fuzzer._damaged(body) for _ in range(50)]
    assert {tuple(each) for each in damaged} == {("email", "password")}
    assert any(each["email"] == body["email"] for each in damaged)
    assert all(body != each for each in damaged)
