"""Words that mean the same, shipped and changed by the operator."""

import pytest
from sqlalchemy import text

from platform_app.domain.search import queries
from platform_app.domain.search.errors import InvalidSynonym
from platform_app.domain.search.rules import synonyms as rules
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.search.service import synonyms
from platform_app.infra.db import WriteSession
from tests.factories import make_listing, make_shop


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    """A shop with furniture."""
    shop = make_shop(session, language="english")
    for title in ("Velvet couch", "Oak settee", "Sofa cover", "Organic T-shirt"):
        make_listing(session, shop=shop, key=title, title=title)
    return session


def titles(session: WriteSession, query: str) -> list[str]:
    results = queries.results(session, search_query=SearchQuery(q=query))
    return sorted(card.title for card in results.items)


def test_shipped_synonyms_are_found_in_both_directions_and_inflected(market: WriteSession) -> None:
    assert titles(market, "sofas") == ["Sofa cover", "Velvet couch"]
    assert titles(market, "couch") == ["Sofa cover", "Velvet couch"]
    assert titles(market, "organic tee") == ["Organic T-shirt"]


def test_the_operators_synonyms_replace_the_shipped_ones(market: WriteSession) -> None:
    synonyms.replace(market, language="english", word="Sofa", meanings=("oak settee",))
    assert titles(market, "sofa") == ["Oak settee", "Sofa cover"]
    synonyms.replace(market, language="english", word="sofa", meanings=())
    assert titles(market, "sofa") == ["Sofa cover"]
    synonyms.replace(market, language="english", word="sofa", meanings=None)
    assert titles(market, "sofa") == ["Sofa cover", "Velvet couch"]


def test_synonyms_hold_only_in_markets_of_their_language(market: WriteSession) -> None:
    synonyms.replace(market, language="german", word="cover", meanings=("settee",))
    assert titles(market, "cover") == ["Sofa cover"]
    make_shop(market, slug="laden", name="Laden", language="german")
    assert titles(market, "cover") == ["Oak settee", "Sofa cover"]


@pytest.mark.parametrize(("language", "word"), [("english", "—"), ("klingon", "sofa")])
def test_what_is_no_synonym_is_refused_and_changes_nothing(market: WriteSession, language: str, word: str) -> None:
    with pytest.raises(InvalidSynonym):
        synonyms.replace(market, language=language, word=word, meanings=("couch",))
    assert market.execute(text("SELECT count(*) FROM search_synonym")).scalar_one() == 0


def test_a_group_is_a_line_of_words() -> None:
    assert rules.from_groups("tee, T-Shirt\n\nhalf, 1/2") == {
        "tee": ("T-Shirt",),
        "tshirt": ("tee",),
        "half": ("1/2",),
        "1/2": ("half",),
    }
