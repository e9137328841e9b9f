"""Opening shops."""

import pytest

from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import InvalidShop, ShopNotFound
from platform_app.domain.shops.rules import Language
from platform_app.infra.db import WriteSession
from tests.factories import NOW


def test_a_shop_is_opened_once_and_found_by_its_slug(session: WriteSession) -> None:
    first = service.get_or_create(session, slug="topf-und-deckel", now=NOW, currency="EUR", language=Language.GERMAN)
    again = service.get_or_create(session, slug="topf-und-deckel", now=NOW)
    assert first == again
    assert (first.name, first.currency, first.language) == ("Topf Und Deckel", "EUR", "german")


@pytest.mark.parametrize("slug", ["", "Has Spaces", "ümlaut", "-edge", "edge-", "x" * 61, "a/b", "a\x00b", "../etc"])
def test_an_invalid_slug_is_refused(session: WriteSession, slug: str) -> None:
    with pytest.raises(InvalidShop, match="can't be a web address"):
        service.get_or_create(session, slug=slug, now=NOW)
    with pytest.raises(ShopNotFound):
        queries.by_slug(session, slug=slug)


def test_an_unknown_currency_is_refused(session: WriteSession) -> None:
    with pytest.raises(InvalidShop, match="isn't a currency code"):
        service.get_or_create(session, slug="shop", now=NOW, currency="XYZ")
