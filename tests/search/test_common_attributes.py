"""The common attributes of the listings in a category."""

from platform_app.domain.catalog import service as catalog
from platform_app.domain.search.queries import common_attributes
from platform_app.domain.search.schemas import CommonAttribute
from platform_app.infra.db import WriteSession
from tests.factories import make_listing


def test_the_most_common_attributes_come_first_with_their_most_common_values(session: WriteSession) -> None:
    catalog.seed_categories(session, tree=(("cups", "Cups", None, 0, ""), ("bags", "Bags", None, 1, "")))
    samples = ({"Material": "Clay"}, {"Material": "Clay", "Glaze": "Ash"}, {"Material": "Glass"})
    for n, attributes in enumerate(samples):
        make_listing(session, key=f"cup-{n}", category="cups", attributes=attributes)
    make_listing(session, key="bag", category="bags", attributes={"Strap": "Long"})
    assert common_attributes.in_category(session, category="cups") == (
        CommonAttribute(name="Material", values=("Clay", "Glass")),
        CommonAttribute(name="Glaze", values=("Ash",)),
    )
    assert common_attributes.in_category(session, category="nothing") == ()
