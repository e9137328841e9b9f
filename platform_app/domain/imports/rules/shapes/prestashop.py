"""PrestaShop's products, as its import template and its export name their columns in English and French."""

from collections.abc import Sequence

from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_UNTAXED = "price without tax"


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    found = Translated()
    if any(row.cells.get("combination", "").strip() for row in rows):
        found.refused = {
            row.line: "combinations have no price of their own; import them as a file with options" for row in rows
        }
        return found
    for row in rows:
        cells = row.cells
        features = (part.split(":") for part in cells.get("features", "").split(","))
        pairs = [(part[0], part[1]) for part in features if len(part) > 1]
        if cells.get("brand", "").strip():
            pairs.append(("Brand", cells["brand"]))
        found.rows.append(
            Row(
                row.line,
                {
                    **cells,
                    "price": cells.get("price", "").strip() or cells.get(_UNTAXED, ""),
                    "description": cells.get("description", "").strip() or cells.get("summary", ""),
                    "barcode": cells.get("barcode", "").strip() or cells.get("upc", ""),
                    "attributes": translation.attributes(pairs, notes=found.notes),
                },
            )
        )
    return found


SHAPE = Shape(
    signatures=(frozenset({"key", "status", "title", _UNTAXED}), frozenset({"key", "status", "title", "price"})),
    columns={
        "key": "Product ID|ID|ID du produit",
        "status": "Active (0/1)|Actif (0/1)",
        "title": "Name|Nom",
        "category": "Categories (x,y,z...)|Catégories (x,y,z...)|Category",
        _UNTAXED: "Price tax excluded|Price (tax excl.)|Prix HT|Prix (HT)",
        "price": "Price tax included|Price (tax incl.)|Prix TTC|Prix (TTC)",
        "quantity": "Quantity|Quantité",
        "sku": "Reference #|Reference|Référence|Référence n°",
        "barcode": "EAN13|EAN-13|GTIN",
        "upc": "UPC",
        "summary": "Summary|Short description|Résumé",
        "description": "Description",
        "tags": "Tags (x,y,z...)|Mots-clés (x,y,z...)",
        "image_urls": "Image URLs (x,y,z...)|URLs des images (x,y,z...)|URL des images (x,y,z...)",
        "features": "Feature(Name:Value:Position)|Feature (Name:Value:Position:Customized)|"
        "Feature(Name:Value:Position:Customized)|Caractéristique (Nom:Valeur:Position)",
        "brand": "Brand|Manufacturer|Marque|Fabricant",
        "condition": "Condition|État",
        "slug": "URL rewritten|URL simplifiée",
        "combination": "Attribute (Name:Type:Position)",
    },
    translate=_translate,
    adds={
        _UNTAXED: ("price",),
        "summary": ("description",),
        "features": ("attributes",),
        "brand": ("attributes",),
        "upc": ("barcode",),
    },
    price_columns=("price", "compare_at", _UNTAXED),
    remark=lambda columns: "Its prices are without tax, and were taken as they are." if "price" not in columns else "",
)
