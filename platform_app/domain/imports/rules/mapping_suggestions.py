"""Guess Plaza's field for each column of a file from the column's name."""

import re
from collections.abc import Mapping, Sequence

from slugify import slugify

from platform_app.domain.imports.rules import plaza

# Common column names in several languages, in lower case without spaces and punctuation, most specific first.
_COLUMN_NAMES = {
    "key": "key handle itemgroupid groupid group parentsku id productid itemid itemnumber articlenumber artikelnummer reference referencia",
    "title": "title name producttitle productname itemname item product titel bezeichnung produktname nom titre nombre titulo",
    "description": "description body bodyhtml productdescription longdescription details text beschreibung descripcion",
    "category": "category productcategory categories type producttype department kategorie categorie categoria",
    "condition": "condition itemcondition zustand etat estado",
    "status": "status state visibility published active isactive enabled visible listingstatus publishedstatus",
    "tags": "tags tag keywords labels schlagworte etiquetas",
    "price": "price regularprice saleprice unitprice variantprice cost amount retailprice preis prix precio",
    "compare_at": "compareat compareatprice variantcompareatprice listprice oldprice msrp rrp uvp",
    "quantity": "quantity qty stock onhand inventory instock available count stockquantity menge bestand lager cantidad",
    "sku": "sku variantsku partnumber mpn code productcode itemcode id variantid",
    "image_urls": "imageurls imageurl images image imagelink picture pictures photo photos imagesrc bild bilder imagen",
    "option1_name": "option1name",
    "option1_value": "option1value option1",
    "option2_name": "option2name",
    "option2_value": "option2value option2",
    "option3_name": "option3name",
    "option3_value": "option3value option3",
    "barcode": "barcode gtin ean ean13 upc isbn isbn13 gtin13 gtin12 gtinupceanorisbn strichcode codebarres codigodebarras",
    "weight": "weight shippingweight itemweight gewicht poids peso waga",
    "weight_unit": "weightunit unitofweight gewichtseinheit",
    "measure": "measure unitpricingmeasure netcontent grundpreismenge inhalt",
    "base_measure": "basemeasure unitpricingbasemeasure grundpreiseinheit",
    "currency": "currency currencycode pricecurrency wahrung devise moneda valuta waluta",
}
_REMARK = re.compile(r"\([^)]*\)")  # such as `Price (net)`
_PICTURE = re.compile(
    r"(?:additional|gallery|more|other)?(?:product)?(?:image|picture|photo|bild|img)(?:url|link|src|file|path)?s?\d{1,2}"
    r"|(?:additional|gallery|more|other)(?:product)?(?:image|picture|photo)(?:url|link|src)?s?"
)
_GROUPS = frozenset("itemgroupid groupid group parentsku parent handle parentid productgroup style stylenumber".split())
_OPTION_NAMES = frozenset(
    "size colour color material pattern style length width scent flavour flavor finish fit "
    "grosse groesse farbe taille couleur talla taglia colore maat kleur rozmiar kolor".split()
)
_NAMES_BY_FIELD = {field: names.split() for field, names in _COLUMN_NAMES.items()}


def with_currency(mapping: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The mapping with the file's currency column, which must not be overlooked; an empty one stays empty."""
    found = suggest_mapping(header).get("currency") if mapping and "currency" not in mapping else None
    is_free = found is not None and found not in mapping.values()
    return {**mapping, "currency": found} if found is not None and is_free else dict(mapping)


def suggest_mapping(header: Sequence[str]) -> dict[str, str]:
    """A column for each field that a column name matches; no column is used twice."""
    mapping = {field: field for field in plaza.FIELDS if field in header}
    columns_by_name: dict[str, str] = {}
    for column in header:
        columns_by_name.setdefault(slugify(column, separator=""), column)
        columns_by_name.setdefault(slugify(_REMARK.sub("", column), separator=""), column)
    for field, names in _NAMES_BY_FIELD.items():
        column_found = next((columns_by_name[name] for name in names if name in columns_by_name), None)
        if field not in mapping and column_found is not None and column_found not in mapping.values():
            mapping[field] = column_found
    return mapping | _more_pictures(header, mapping) | _options(header, mapping)


def _more_pictures(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Further columns of pictures, by their order."""
    taken = set(mapping.values())
    more = [name for name in header if name not in taken and _PICTURE.fullmatch(slugify(name, separator=""))]
    fields = plaza.IMAGE_COLUMNS[1:] if "image_urls" in mapping else plaza.IMAGE_COLUMNS
    return dict(zip(fields, more, strict=False))


def _options(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Options named after their columns, in a file whose rows name the product that they are variants of."""
    if slugify(mapping.get("key", ""), separator="") not in _GROUPS or "option1_value" in mapping:
        return {}
    taken = set(mapping.values())
    found = [name for name in header if name not in taken and slugify(name, separator="") in _OPTION_NAMES]
    return {
        f"{plaza.OPTION}{number}.{name.strip().capitalize()}": name
        for number, name in zip(plaza.OPTION_NUMBERS, found, strict=False)
    }
