"""What people type about themselves: passwords, names, addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn import matching, zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from platform_app.domain.accounts.errors import InvalidAccount, WeakPassword
from platform_app.domain.accounts.rules import normalisation, passwords, postal
from platform_app.domain.accounts.rules.countries import COUNTRIES

HOME = {"name": "Ada", "line1": "1 Mill Lane", "city": "York", "country": "GB", "postcode": "YO1 7PX"}


@pytest.mark.parametrize(
    "password",
    [
        "p@$$w0rd",
        "P@$$w0rd!(",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "12345678",
        "ada.lovelace",
        "Lovelace-1",
        "iloveyou2",
        "marketplace-2026",
    ],
)
def test_a_guessable_password_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.validate(password, user_inputs=("Ada Lovelace", "ada.lovelace@example.com"))


@pytest.mark.parametrize(
    "password", ["walnut-harbour-lantern", "tr0ub4dour&3-kx", "ключ от старого замка", "🧶🐑🧵🪡🐏🧣🧤🐑🪢🦙"]
)
def test_a_strong_password_is_accepted(password: str) -> None:
    passwords.validate(password, user_inputs=("Ada Lovelace", "ada.lovelace@example.com"))
    hashed = passwords.hash_password(password)
    assert (passwords.verify_password(password, hashed), passwords.verify_password(password + "x", hashed)) == (
        True,
        False,
    )
    assert passwords.verify_password("nobody's", None) is False


def test_a_password_of_a_data_breach_is_refused_in_any_case() -> None:
    known = [each for each in FREQUENCY_LISTS["passwords"] if len(each) >= passwords.MIN_LENGTH]
    assert len(known) > 5000
    for password in (*known, known[0].upper(), known[-1].title()):
        with pytest.raises(WeakPassword, match="lists of stolen passwords"):
            passwords.validate(password)


def test_rating_a_password_tries_a_bounded_number_of_substitutions(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    readings = matching.enumerate_l33t_subs

    def counted(table: dict[str, list[str]]) -> list[dict[str, str]]:
        found: list[dict[str, str]] = readings(table)
        tried.append(len(found))
        return found

    monkeypatch.setattr(matching, "enumerate_l33t_subs", counted)
    for password in ("4@8({[<3369&#!1|0$5+7%2" * 5, "".join(dict.fromkeys("({[<!|$+%@4836910572")) * 6):
        passwords.validate(password)
    assert max(tried) <= 64
    zxcvbn("4@8({[<3369&#!1|0$5+7%2")
    assert max(tried) > 100


@given(st.text(max_size=300))
def test_any_text_becomes_one_clean_line_or_is_refused(text: str) -> None:
    try:
        line = normalisation.single_line(text, field="name", label="a name", max_length=80, required=False)
    except InvalidAccount:
        return
    assert len(line) <= 80
    assert not {"\x00", "\n", "\r", "\u202e"} & set(line)
    assert line == line.strip()
    assert normalisation.single_line(line, field="name", label="a name", max_length=80, required=False) == line


@given(st.text(max_size=300))
def test_any_text_has_an_email_key_that_postgresql_can_store(text: str) -> None:
    key = normalisation.email_key(text)
    assert "\x00" not in key
    assert key == key.encode().decode()
    assert len(key) <= 254


@given(st.dictionaries(st.sampled_from([*HOME, "phone", "region", "line2"]), st.text(max_size=130)))
def test_any_postal_address_is_stored_or_refused_by_field(values: dict[str, str]) -> None:
    fields: set[str] = set()
    try:
        cleaned = postal.clean_address(values)
    except InvalidAccount as error:
        fields = set(error.fields)
    else:
        assert cleaned["country"] in COUNTRIES
    wrong = {name for name, text in values.items() if "\x00" in text or len(" ".join(text.split())) > 120}
    assert (
        wrong
        <= fields
        <= {"name", "line1", "line2", "dependent_locality", "city", "region", "postcode", "country", "phone"}
    )
