"""The ranking stays good: judged queries over made-up products."""

from platform_app.infra.db import WriteSession
from tools.bench import relevance
from tools.bench.relevance_products import KINDS, QUERIES, JudgedQuery, Product, products

SHIRT = Product(1, "t-shirt", "linen", "black", 0, "Linen Tee", "")


def test_the_first_ten_answers_are_the_right_ones(session: WriteSession) -> None:
    relevance.fill(session)
    results = relevance.measure(session)
    assert results.ndcg >= 0.90, sorted((score.ndcg, score.query) for score in results.queries)[:10]


def test_an_answer_is_graded_by_the_facts_asked_for() -> None:
    grades = [
        JudgedQuery("", "t-shirt", material="linen", colour="black").grade(SHIRT),
        JudgedQuery("", "t-shirt", material="linen", detail=1).grade(SHIRT),
        JudgedQuery("", "t-shirt", material="cotton").grade(SHIRT),
        JudgedQuery("", "sofa", material="linen").grade(SHIRT),
    ]
    assert grades == [3, 2, 1, 0]


def test_there_are_sixty_queries_over_a_thousand_products_of_every_kind() -> None:
    assert (len(QUERIES), len(products())) == (60, 1000)
    assert {query.kind for query in QUERIES} == set(KINDS) == {product.kind for product in products()}


def test_a_better_answer_further_down_costs_some_of_the_score() -> None:
    query = JudgedQuery("", "t-shirt", material="linen")
    best = [product for product in products() if query.grade(product) == 3]
    good = [product for product in products() if query.grade(product) == 1]
    assert relevance._ndcg(query, best[:10]) == 1
    assert 0.9 < relevance._ndcg(query, [*best[:9], good[0]]) < 1
    assert relevance._ndcg(query, []) == 0
