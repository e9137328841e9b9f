"""How each country writes its postal addresses, for forms and programs."""

from fastapi import APIRouter, Response

from platform_app.domain.accounts.errors import CountryNotFound
from platform_app.domain.accounts.rules import address_formats
from platform_app.domain.accounts.rules.address_formats import AddressFormat

router = APIRouter(prefix="/api/v1/address-formats", tags=["account"])
_MAX_AGE = 3600  # seconds; formats change with a release only


@router.get("/{country}")
async def show_format(country: str, response: Response) -> AddressFormat:
    """The fields of a country's addresses in the order of a form: their names, lengths and choices.

    `country` is ISO 3166-1 alpha-2. A field with `choices` takes no other values.
    """
    found = address_formats.address_format(country.upper())
    if found is None:
        raise CountryNotFound
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return found
