"""The words by which files say whether an item is for sale, what condition it is in and how many there are.

Each table has a line per language; another language or export is another line.
"""

import re

from platform_app.domain.catalog.rules import Condition, Status

_PUBLISHED = """
published active visible live enabled on online public available yes y true 1 shown listed for_sale
visible_individually visible=yes catalog_search catalog catalogue search shop catalog,_search catalogue,_search
veroeffentlicht sichtbar aktiv ja wahr
publie visible actif oui vrai en_ligne
publicado visible activo si verdadero
pubblicato visibile attivo vero
gepubliceerd zichtbaar actief waar
opublikowany widoczny aktywny tak prawda
publicado visivel ativo sim verdadeiro
""".split()
_DRAFT = """
draft drafted inactive hidden unlisted disabled off offline private unpublished pending not_published no n false 0 -1
not_visible_individually not_visible visible=no scheduled
entwurf versteckt inaktiv nein falsch privat ausgeblendet verborgen
brouillon masque cache inactif non faux prive
borrador oculto inactivo no falso privado
bozza nascosto inattivo falso privato
concept verborgen inactief nee onwaar
szkic ukryty nieaktywny nie falsz prywatny
rascunho oculto inativo nao falso
""".split()
_ARCHIVED = "archived ended sold removed deleted expired archiviert archive archivado archiviato gearchiveerd".split()

_NEW = """
new brand_new new_with_tags new_with_box new_without_tags new_without_box new_with_defects new_other mint_in_box 1000
1500 1750 neu neuf nueva nuevo nuovo nieuw nowy novo ny newcondition
""".split()
_LIKE_NEW = """
like_new used_like_new as_new almost_new open_box pre_owned_excellent excellent mint near_mint 2750 2990
neuwertig wie_neu comme_neuf como_nuevo come_nuovo als_nieuw jak_nowy como_novo
""".split()
_GOOD = """
used used_good good very_good acceptable pre_owned preowned second_hand secondhand preloved pre_loved vintage
pre_owned_good pre_owned_fair fair 3000 3010 4000 5000 6000 usedcondition
gebraucht gut sehr_gut occasion d_occasion bon bon_etat usado segunda_mano usato gebruikt tweedehands uzywany
seminovo begagnad brugt
""".split()
_REFURBISHED = """
refurbished refurb renewed reconditioned certified_refurbished seller_refurbished manufacturer_refurbished
refurbishedcondition remanufactured 2000 2010 2020 2030 2500
generalueberholt refurbished_generalueberholt reconditionne reacondicionado ricondizionato refurbished_gereviseerd
odnowiony recondicionado
""".split()
_FOR_PARTS = """
for_parts for_parts_or_not_working parts_only not_working broken defective spares_or_repair salvage 7000 damagedcondition
defekt als_ersatzteil als_ersatzteil___defekt pour_pieces para_piezas per_ricambi voor_onderdelen na_czesci
""".split()
_IN_STOCK = """
instock in_stock available yes unlimited onbackorder on_backorder backorder preorder vorraetig lieferbar en_stock
disponible disponibile op_voorraad
""".split()
_OUT_OF_STOCK = """
outofstock out_of_stock sold_out unavailable no nicht_vorraetig ausverkauft rupture_de_stock epuise agotado esaurito
niet_op_voorraad uitverkocht
""".split()

_STATUSES = {
    **dict.fromkeys(_PUBLISHED, Status.PUBLISHED),
    **dict.fromkeys(_DRAFT, Status.DRAFT),
    **dict.fromkeys(_ARCHIVED, Status.ARCHIVED),
}
_CONDITIONS = {
    **dict.fromkeys(_NEW, Condition.NEW),
    **dict.fromkeys(_LIKE_NEW, Condition.LIKE_NEW),
    **dict.fromkeys(_GOOD, Condition.GOOD),
    **dict.fromkeys(_REFURBISHED, Condition.REFURBISHED),
}
_AVAILABLE = {**dict.fromkeys(_IN_STOCK, True), **dict.fromkeys(_OUT_OF_STOCK, False)}
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l"})
_ACCENTS = str.maketrans("áàâãåéèêëíìîïóòôõúùûñçąęśźżćń", "aaaaaeeeeiiiioooouuuncaeszzcn")
_GAP = re.compile(r"[\s\-_/'’]+")


def status(text: str) -> Status | None:
    """The status that a word means in any known language; None for an unknown word."""
    return _STATUSES.get(_key(text))


def condition(text: str) -> Condition | None:
    """The condition that a word, an eBay number or a schema.org URL means; None for an unknown word."""
    return _CONDITIONS.get(_key(text.rpartition("schema.org/")[2]))


def is_for_parts(text: str) -> bool:
    """Whether a condition means that the item does not work."""
    return _key(text.rpartition("schema.org/")[2]) in _FOR_PARTS


def availability(text: str) -> bool | None:
    """Whether a word in place of a number of items means that there are some; None for an unknown word."""
    return _AVAILABLE.get(_key(text))


def is_yes(text: str) -> bool:
    """Whether a cell means yes in any known language."""
    return status(text) is Status.PUBLISHED


def _key(text: str) -> str:
    folded = text.strip().casefold().translate(_FOLDED).translate(_ACCENTS)
    return "-1" if folded == "-1" else _GAP.sub("_", folded)
