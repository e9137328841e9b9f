"""A listing is found by its own words, however they are spelled, joined, inflected or marked."""

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.search import queries, rules, service
from platform_app.domain.search.queries.lexicon import compile_query
from platform_app.domain.search.rules import analysis, query_text
from platform_app.domain.search.rules.query_text import Lexicon
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession
from tests.factories import NOW, index_listings, make_draft, make_shop

DATA = Path(__file__).parent / "data"
MISSED = text("""
SELECT title FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS row(title text, document tsvector, query tsquery, strict tsquery, exact tsquery)
WHERE NOT (document @@ query AND document @@ strict AND (exact = '' OR document @@ exact))""")


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def fill(session: WriteSession, rows: Sequence[dict[str, str]], **shop: str) -> None:
    """A shop with these listings."""
    drafts = [
        make_draft(
            key=row["key"],
            title=row["title"],
            description=row.get("description", ""),
            variants=(VariantInput(price=1000, quantity=5, sku=row.get("sku", ""), barcode=row.get("barcode", "")),),
        )
        for row in rows
    ]
    owner = make_shop(session, **shop)
    saved = catalog.save_many(session, shop=owner, inputs=drafts, reason=Reason.OPENING, now=NOW)
    for start in range(0, len(saved), 500):
        index_listings(session, *(each.listing_id for each in saved[start : start + 500]))


def titles(session: WriteSession, query: str) -> list[str]:
    """What is found, or if nothing is, what has most of the words."""
    search_query = SearchQuery(q=query, limit=50)
    found = queries.results(session, search_query=search_query)
    if not found.total:
        compiled = compile_query(session, query)
        found = queries.relaxed_results(session, search_query=search_query, compiled=compiled) or found
    return [card.title for card in found.items]


@pytest.mark.parametrize("language", ["english", "german"])
def test_spellings_joins_units_and_scripts_are_found(session: WriteSession, language: str) -> None:
    rows = read("words.csv")
    fill(session, rows, language=language)
    title = {row["key"]: row["title"] for row in rows}
    missed = {
        row["query"]: missing
        for row in read("words-queries.csv")
        if (missing := {title[key] for key in row["finds"].split(",") if key} - set(titles(session, row["query"])))
    }
    assert missed == {}


def test_signs_and_quotes_around_words_are_no_part_of_them(session: WriteSession) -> None:
    fill(session, read("typographic.csv"))
    first_two = {row["query"]: titles(session, row["query"])[:2] for row in read("typographic-queries.csv")}
    expected = {row["query"]: row["finds"] for row in read("typographic-queries.csv")}
    missed = {query for query, found in first_two.items() if not any(expected[query] in title for title in found)}
    assert missed == set()


WORDS = (
    "Mug Stoneware T-Shirt Wi-Fi USB-C AE-1 WH-1000XM4 Black/White St.Louis H&M Levi's Women’s O’Neill l'amour C++ "
    "LEGO® Pokémon™ “Vintage” «Rustique» „Omas“ ★Handmade★ Crème Brûlée Cafe\u0301 Größe Straße weiß Ærø Łódź İstanbul "
    "10mm 2.5mm 0.5 1/2 ½ 5x7 50×70 1,000 2,5 24/7 12-14 №5 #3 00012 ①② ４５ ３Ｄ 55\" 6' 3.5″ SKU-0004-b usb_hub 100% "
    "木製テーブル 陶瓷茶壶 大 테이블 원목 โต๊ะไม้สัก น้ำ إبريق شاي خزفي ١٢٣ קומקום קְרָמִי हिन्दी किताब தமிழ் புத்தகம் বাংলা বই "
    "Льняное ёлочка йод Κεραμικό φλιτζάνι ΦΛΙΤΖΆΝΙΣ ქართული հայերեն the and of x & + — – … • ： / - ' \" (set) [new] {A} a|b"
).split()
OLDER = text("""
UPDATE listing_search SET card = card - 'analysis', document = array_to_tsvector(ARRAY['black/white', 'board'])
WHERE card->>'title' <> 'Mug'""")
JOINERS = (" ", " ", " ", " ", "-", "/", ".", ", ", " – ", "—", "'", " & ", "_", "…", " x ", "：")


def made_up_titles(count: int) -> list[str]:
    """Titles of words, units and scripts in any combination, each with at least one word."""
    rng = random.Random(7)
    made: list[str] = []
    while len(made) < count:
        title = "".join(rng.choice(WORDS) + rng.choice(JOINERS) for _ in range(rng.randrange(1, 9)))[:200].strip()
        if analysis.words(title):
            made.append(title)
    return made


def test_each_of_ten_thousand_titles_matches_its_own_words_and_key(session: WriteSession) -> None:
    languages = ("english", "german")
    rows = [
        {
            "title": title,
            "document": analysis.document([(title, "A")], language="german", keys=[analysis.exact_key(title)]),
            "query": query_text.tsquery(parsed := query_text.parse(title), Lexicon(languages)),
            "strict": query_text.tsquery(parsed, Lexicon(languages), strict=True),
            "exact": f"'{parsed.exact}'" if parsed.exact else "",
        }
        for title in made_up_titles(10_000)
    ]
    missed = session.execute(MISSED, {"rows": json.dumps(rows)}).scalars().all()
    assert missed[:5] == []


def test_a_title_finds_itself_first_or_among_equals(session: WriteSession) -> None:
    made = list(dict.fromkeys(made_up_titles(400)))
    fill(session, [{"key": str(number), "title": title} for number, title in enumerate(made)])
    for title in made[:60]:
        first = titles(session, title)[0]
        assert analysis.exact_key(first) == analysis.exact_key(title), title


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"bread knife"', ["Bread knife"]),
        ("bread knife", ["Bread knife", "Knife for bread"]),
        ('"knife for bread"', ["Knife for bread"]),
        ("knife -bread", ["Butter knife"]),
        ('knife -"for bread"', ["Bread knife", "Butter knife"]),
        ("-bread", ["Bread knife", "Knife for bread"]),
        ("butter-knife", ["Butter knife"]),
        ("ab 1234", ["Butter knife"]),
        ("AB-1234-XL", ["Butter knife"]),
        ("ab1234xl", ["Butter knife"]),
        ("AB-12", ["Butter knife"]),
        ("ab 123", ["Butter knife"]),
        ("4006381333931", ["Butter knife"]),
        ("40063813", ["Butter knife"]),
        ("400", []),
        ("34", []),
    ],
)
def test_phrases_exclusions_skus_and_barcodes(session: WriteSession, query: str, found: list[str]) -> None:
    rows = [{"key": title, "title": title} for title in ("Bread knife", "Knife for bread")]
    fill(session, [*rows, {"key": "b", "title": "Butter knife", "sku": "AB-1234-XL", "barcode": "4006381333931"}])
    results = queries.results(session, search_query=SearchQuery(q=query))
    assert sorted(card.title for card in results.items) == found


def test_a_word_is_found_in_every_language_of_the_market(session: WriteSession) -> None:
    row = {"key": "a", "title": "Walking stick", "sku": "CRATES-17"}
    for language in ("english", "german", "russian", "other"):
        fill(session, [row], slug=f"shop-{language}", language=language)
    for query, count in (("walking", 4), ("walked", 1), ("crates", 4), ('"walking"', 4)):
        assert titles(session, query) == ["Walking stick"] * count, query


def test_an_exact_title_or_sku_comes_before_better_listings(session: WriteSession) -> None:
    many = [{"key": str(number), "title": f"Linen shirt {number}", "description": "Linen " * 30} for number in range(9)]
    fill(session, [{"key": "a", "title": "Linen shirt", "sku": "7"}, *many])
    assert titles(session, "linen shirt")[0] == "Linen shirt"
    assert titles(session, "linen-SHIRT")[0] == "Linen shirt"
    assert titles(session, "7")[0] == "Linen shirt"


def test_similar_words_come_only_for_unknown_ones_and_below_real_ones(session: WriteSession) -> None:
    rows = ["Linen curtain", "Contains linen", "Candle", "Mug for candles and tea"]
    fill(session, [{"key": title, "title": title} for title in rows])
    assert titles(session, "curtains") == ["Linen curtain"]
    assert titles(session, "candl") == ["Candle", "Mug for candles and tea"]


def test_a_row_of_the_release_before_is_reindexed_by_a_job(session: WriteSession) -> None:
    fill(session, [{"key": "a", "title": "Black/White board"}, {"key": "b", "title": "Mug"}])
    session.execute(OLDER)
    assert titles(session, "white") == []
    service.reindex_outdated(session, now=NOW)
    assert titles(session, "white") == ["Black/White board"]
    outdated = text("SELECT count(*) FROM listing_search WHERE search_analysis(card) < :version")
    assert session.execute(outdated, {"version": rules.index_version("USD")}).scalar_one() == 0
