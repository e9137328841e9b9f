"""`./plaza bench relevance`: how good the first ten answers of search are, judged by the facts of made-up products."""

from collections.abc import Mapping, Sequence
from math import log2
from statistics import fmean

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from platform_app.cli.running import DataOption, require_services
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import ListingInput, VariantInput
from platform_app.domain.search import queries, service
from platform_app.domain.search.queries.lexicon import compile_query
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.db import ReadSession, WriteSession
from tools.bench import dataset, report
from tools.bench.relevance_products import QUERIES, JudgedQuery, Product, products
from tools.bench.report import Measurement

RANKS = 10
BATCH = 250
FIRST_PRICE = 1000  # minor units; each product has a price of its own, by which its card is recognised


class QueryScore(BaseModel):
    """The NDCG@10 of one query, from 0 to 1; 1 if no better product is left out or further down."""

    model_config = ConfigDict(frozen=True)

    query: str
    ndcg: float


class RelevanceResults(BaseModel):
    """The scores of all queries, and their mean."""

    model_config = ConfigDict(frozen=True)

    products: int
    ndcg: float
    queries: list[QueryScore]


def relevance(as_json: report.AsJson = False, record: report.Record = False, data: DataOption = None) -> None:
    """Print NDCG@10 of 60 queries over 1,000 made-up products, in a temporary database."""
    require_services(data)
    start = report.begin(record=record)
    with dataset.empty_database():
        with db.writing() as session:
            fill(session)
        with db.reading() as session:
            results = measure(session)
    measured = Measurement(key="search.relevance", text=f"{results.ndcg:.3f}", value=results.ndcg)
    report.finish(start, results, [measured], print_table=lambda: _print_table(results), as_json=as_json)


def fill(session: WriteSession) -> None:
    """Open a shop for each language, and list the products."""
    now = utc_now()
    made = products()
    for language in sorted({product.language for product in made}):
        profile = ShopProfile(slug=f"relevance-{language}", name="Judged Goods", language=language)
        shop = shops.create_if_missing(session, profile=profile, now=now)
        inputs = [_listing(product) for product in made if product.language == language]
        for start in range(0, len(inputs), BATCH):
            saved = catalog.save_many(
                session, shop=shop, inputs=inputs[start : start + BATCH], reason=Reason.OPENING, now=now
            )
            service.reindex(session, shop_id=shop.id, listing_ids=[each.listing_id for each in saved], now=now)
    service.update_word_counts(session)


def measure(session: ReadSession, *, judged: Sequence[JudgedQuery] = QUERIES) -> RelevanceResults:
    """Ask every query and score its first answers."""
    by_price = {FIRST_PRICE + product.number: product for product in products()}
    scores = [
        QueryScore(query=query.text, ndcg=round(_ndcg(query, _answers(session, query.text, by_price)), 4))
        for query in judged
    ]
    return RelevanceResults(
        products=len(by_price), ndcg=round(fmean(score.ndcg for score in scores), 4), queries=scores
    )


def _answers(session: ReadSession, text: str, by_price: Mapping[int, Product]) -> list[Product]:
    search_query = SearchQuery(q=text, limit=RANKS)
    results = queries.results(session, search_query=search_query)
    if not results.total:
        results = (
            queries.relaxed_results(session, search_query=search_query, compiled=compile_query(session, text))
            or results
        )
    return [by_price[card.price.amount] for card in results.items]


def _ndcg(query: JudgedQuery, answers: Sequence[Product]) -> float:
    ideal = sorted((query.grade(product) for product in products()), reverse=True)[:RANKS]
    return _gain([query.grade(product) for product in answers]) / _gain(ideal)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / log2(rank + 2) for rank, grade in enumerate(grades[:RANKS]))


def _listing(product: Product) -> ListingInput:
    return ListingInput(
        key=str(product.number),
        title=product.title,
        description=product.description,
        variants=(VariantInput(price=FIRST_PRICE + product.number, quantity=5, sku=f"JG{product.number:05d}"),),
    )


def _print_table(results: RelevanceResults) -> None:
    worst = sorted(results.queries, key=lambda score: score.ndcg)[:10]
    table = Table(
        "the worst queries", "NDCG@10", title=f"{len(results.queries)} queries, {results.products:,} products"
    )
    table.columns[1].justify = "right"
    for score in worst:
        table.add_row(score.query, f"{score.ndcg:.3f}")
    table.caption = f"NDCG@10 is {results.ndcg:.3f} on average."
    Console(highlight=False).print(table)
