"""A shop can choose any language with a stemmer, and a listing in any other is found by its own words."""

import pytest
import snowballstemmer
from sqlalchemy import text

from platform_app.domain.search.rules import analysis
from platform_app.domain.shops.rules import Language
from platform_app.infra.db import WriteSession
from state import shops_presenters
from tests.search.test_words import fill, titles

OLDER_VARIANTS = {"porter", "dutch_porter"}  # of English and Dutch
# A title, and another form of one of its words.
INFLECTED = {
    "armenian": ("Կապույտ բաժակ", "բաժակներ"),
    "basque": ("Katilu urdina", "katiluak"),
    "czech": ("Hrnek keramický", "keramické"),
    "esperanto": ("Blua taso", "tasoj"),
    "finnish": ("Sininen kahvikuppi", "kahvikupit"),
    "greek": ("Κεραμικό φλιτζάνι", "φλιτζάνια"),
    "hindi": ("नीला कप", "कपों"),
    "indonesian": ("Cangkir biru", "cangkirnya"),
    "lithuanian": ("Mėlynas puodelis", "puodeliai"),
    "nepali": ("नीलो कप", "कपहरू"),
    "norwegian": ("Blå kopper", "koppene"),
    "polish": ("Niebieski kubek ceramiczny", "ceramiczne"),
    "romanian": ("Cană albastră", "cănile"),
    "russian": ("Кружка керамическая", "кружки"),
    "serbian": ("Plava šolja", "šolje"),
    "tamil": ("நீல கோப்பை", "கோப்பைகள்"),
    "turkish": ("Seramik kupa", "kupalar"),
    "yiddish": ("בלויע טעפּל", "טעפּלעך"),
}
OTHER = (
    "Kikombe cha udongo",
    "ქართული ჩაის ჭიქა",
    "ספל קרמיקה כחול",
    "መስተዋት ጽዋ",
    "মাটির কাপ",
    "Кружка керамічна синя",
    "陶器のマグカップ",
    "Tách gốm thủ công",
)


def test_a_shop_can_choose_every_language_that_snowball_stems() -> None:
    assert set(analysis.LANGUAGES) == set(snowballstemmer.algorithms()) - OLDER_VARIANTS
    assert set(Language) == {*analysis.LANGUAGES, "other"}


def test_a_shop_can_choose_every_language_that_postgresql_stems(session: WriteSession) -> None:
    names = session.execute(text("SELECT cfgname FROM pg_ts_config WHERE cfgnamespace = 'pg_catalog'::regnamespace"))
    assert set(names.scalars()) - {"simple"} <= set(analysis.LANGUAGES)


def test_the_languages_are_offered_by_name_and_the_others_last() -> None:
    labels = [each.label for each in shops_presenters.language_options()]
    assert labels[:3] == ["Arabic", "Armenian", "Basque"]
    assert labels[-1] == "Other"
    assert labels[:-1] == sorted(labels[:-1])


@pytest.mark.parametrize("language", INFLECTED)
def test_a_listing_is_found_by_another_form_of_its_words(session: WriteSession, language: str) -> None:
    title, query = INFLECTED[language]
    fill(session, [{"key": "a", "title": title}], language=language)
    indexed = {form for word in analysis.words(title) for form in analysis.forms(word, [language])}
    assert not indexed.isdisjoint(analysis.stems(*analysis.words(query), [language]))
    assert titles(session, query) == [title]


def test_a_listing_in_another_language_is_found_by_each_of_its_words(session: WriteSession) -> None:
    fill(session, [{"key": title, "title": title} for title in OTHER], language=Language.OTHER)
    missed = {title: word for title in OTHER for word in title.split() if title not in titles(session, word)}
    assert missed == {}


def test_words_of_other_languages_are_not_stemmed_by_chance(session: WriteSession) -> None:
    assert analysis.forms("mugs", [Language.OTHER]) == {"mugs"}
    assert analysis.forms("mugs", [Language.ENGLISH, Language.OTHER]) == {"mugs", "mug"}
    assert analysis.forms("кружками", [Language.OTHER]) == {"кружками", "кружк"}
