"""The columns of WooCommerce's export in the languages of its translations; another language is another name a line."""

import re

from platform_app.domain.catalog.rules import WEIGHT_UNITS
from platform_app.domain.imports.rules import headers, measures

# The names in British English, German, French, Spanish, Italian, Dutch, Polish and Russian, where they differ.
_NAMES = {
    "ID": "",
    "Type": "Typ|Tipo|Rodzaj|Тип",
    "SKU": "Artikelnummer|UGS|COD|Артикул",
    "Name": "Nom|Nombre|Nome|Naam|Nazwa|Имя|Название",
    "Published": "Veröffentlicht|Publié|Publicado|Pubblicato|Gepubliceerd|Opublikowano|Opublikowane|Опубликован|Опубликовано",
    "Visibility in catalog": "Visibility in catalogue|Sichtbarkeit im Katalog|Visibilité dans le catalogue|"
    "Visibilidad en el catálogo|Visibilità nel catalogo|Zichtbaarheid in catalogus|Widoczność w katalogu|Видимость в каталоге",
    "Description": "Beschreibung|Descripción|Descrizione|Beschrijving|Opis|Описание",
    "Short description": "Kurzbeschreibung|Description courte|Descripción corta|Breve descrizione|Korte beschrijving|"
    "Krótki opis|Краткое описание",
    "Categories": "Kategorien|Catégories|Categorías|Categorie|Categorieën|Kategorie|Категории",
    "Tags": "Schlagwörter|Étiquettes|Etiquetas|Tag|Tagi|Znaczniki|Метки",
    "Images": "Bilder|Imágenes|Immagini|Afbeeldingen|Obrazki|Изображения",
    "Parent": "Übergeordnetes Produkt|Übergeordnet|Superior|Principal|Genitore|Hoofd|Bovenliggend|Nadrzędny|Rodzic|Родительский",
    "Regular price": "Regulärer Preis|Tarif régulier|Prix régulier|Precio normal|Prezzo di listino|Reguliere prijs|"
    "Normale prijs|Cena regularna|Cena katalogowa|Базовая цена|Обычная цена",
    "Sale price": "Angebotspreis|Tarif promo|Prix promo|Precio rebajado|Prezzo in offerta|Actieprijs|Aanbiedingsprijs|"
    "Cena promocyjna|Акционная цена|Цена распродажи",
    "Date sale price starts": "Datum, an dem Angebotspreis beginnt|Date de début de promo|"
    "Día en que empieza el precio rebajado|Data di inizio del prezzo in saldo|Begindatum actieprijs|"
    "Data rozpoczęcia promocji|Дата начала действия скидки",
    "Date sale price ends": "Datum, an dem Angebotspreis endet|Date de fin de promo|"
    "Día en que termina el precio rebajado|Data di fine del prezzo in saldo|Einddatum actieprijs|"
    "Data zakończenia promocji|Дата окончания действия скидки",
    "Stock": "Lager|Lagerbestand|Inventario|Existencias|Magazzino|Voorraad|Stan magazynowy|Magazyn|Запасы",
    "In stock?": "Vorrätig?|En stock ?|¿En inventario?|¿Existencias?|In stock?|Op voorraad?|Na stanie?|W magazynie?|"
    "В наличии?|Наличие",
    "GTIN, UPC, EAN, or ISBN": "GTIN, UPC, EAN oder ISBN|GTIN, UPC, EAN ou ISBN|GTIN, UPC, EAN o ISBN|"
    "GTIN, UPC, EAN of ISBN|GTIN, UPC, EAN lub ISBN|GTIN, UPC, EAN или ISBN",
    "Backorders allowed?": "Lieferrückstände erlaubt?|Autoriser les commandes de produits en rupture ?|"
    "¿Permitir reservas de productos agotados?|Permettere gli ordini arretrati?|Nabestellingen toestaan?|"
    "Zamówienia oczekujące dozwolone?|Разрешены предзаказы?",
}
SPELLINGS = headers.spellings(
    _NAMES, {column: [name for name in names.split("|") if name] for column, names in _NAMES.items()}
)
_ATTRIBUTE_NAME = re.compile(
    r"(?:attribute ([0-9]{1,4}) name|attribut ([0-9]{1,4}) name|nom de l'attribut ([0-9]{1,4})|"
    r"nombre del atributo ([0-9]{1,4})|nome dell'attributo ([0-9]{1,4})|(?:naam (?:eigenschap|attribuut)) ([0-9]{1,4})|"
    r"nazwa atrybutu ([0-9]{1,4})|(?:имя|название) атрибута ([0-9]{1,4}))"
)
_ATTRIBUTE_VALUES = re.compile(
    r"(?:attribute ([0-9]{1,4}) value\(s\)|attribut ([0-9]{1,4}) wert\(e\)|valeur\(s\) de l'attribut ([0-9]{1,4})|"
    r"valor\(es\) del atributo ([0-9]{1,4})|valor[ei](?:\([ei]\))? dell'attributo ([0-9]{1,4})|"
    r"waarde\(n\) (?:eigenschap|attribuut) ([0-9]{1,4})|wartoś(?:ci|ć\(i\)) atrybutu ([0-9]{1,4})|"
    r"значени[ея](?:\(-я\))? ат+рибута(?:\(-ов\))? ([0-9]{1,4}))"
)

_WEIGHT = re.compile(r"(?:weight|gewicht|poids|peso|waga|вес) \(([^()]{1,10})\)")


def weight_column(name: str) -> str | None:
    """The English name of the weight column, whose name has the shop's unit; None for another column."""
    match = _WEIGHT.fullmatch(headers.normalize(name))
    unit = measures.known_unit(match[1]) if match else None
    return f"Weight ({unit})" if unit in WEIGHT_UNITS else None


def attribute_column(name: str) -> str | None:
    """The English name of a numbered attribute column in any language; None for another column."""
    normal = headers.normalize(name)
    for pattern, column in ((_ATTRIBUTE_NAME, "name"), (_ATTRIBUTE_VALUES, "value(s)")):
        if match := pattern.fullmatch(normal):
            return f"Attribute {next(number for number in match.groups() if number)} {column}"
    return None
