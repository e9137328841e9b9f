"""The filters by brand, colour, material and size: which of a seller's attributes they are, and how values compare."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, islice, product
from math import prod

from platform_app.domain.search.errors import SearchTooBroad
from platform_app.domain.search.rules import analysis

NAMES = ("brand", "colour", "material", "size")
MAX_VALUES = 8  # selected values of one filter
MAX_KEYS = 64  # combinations of selected values; PostgreSQL looks up each one
MAX_VALUE = 80  # characters
MAX_LISTED = 8  # values of one attribute that is a list
MAX_VARIANT_FACTS = 64  # combinations of listed values of one variant
AVAILABLE = ("available", "yes")  # a fact of every variant that can be bought; sorts before those of all filters

IN_STOCK = "+"  # begins the key of a fact that a variant in stock has

# What sellers call these attributes, folded.
_ATTRIBUTES = {
    "brand": """brand vendor manufacturer hersteller marke marque fabricant marca fabricante produttore merk fabrikant marka
        producent marke varumarke maerke brend бренд производитель марка ブランド 品牌""",
    "colour": """colour color farbe couleur colore cor kleur kolor farg farve vari barva renk цвет カラー 颜色 颜色""",
    "material": """material fabric stoff materiau matiere tissu materiale tessuto tejido tecido materiaal stof tkanina tyg
        материал ткань 素材 材质""",
    "size": """size grosse groesse taille pointure talla talle taglia misura tamanho maat rozmiar storlek storrelse koko
        velikost beden размер サイズ 尺寸 尺码""",
}
# The common values in other languages, folded, with what they are called here. More than one name is separated by "/".
_TRANSLATIONS = {
    "colour": {
        "Black": "schwarz noir/noire negro/negra nero/nera preto/preta zwart czarny svart sort черный",
        "White": "weiss blanc/blanche blanco/blanca bianco/bianca branco/branca wit bialy vit hvid белый",
        "Grey": "gray grau gris grigio/grigia cinza grijs szary gra серый",
        "Red": "rot rouge rojo/roja rosso/rossa vermelho/vermelha rood czerwony rod красный",
        "Blue": "blau bleu/bleue azul blu blauw niebieski bla синий",
        "Green": "grun gruen vert/verte verde groen zielony gron зеленый",
        "Yellow": "gelb jaune amarillo/amarilla giallo/gialla amarelo/amarela geel zolty gul желтый",
        "Orange": "naranja arancione laranja oranje pomaranczowy оранжевый",
        "Brown": "braun brun/brune marron marrone marrom bruin brazowy коричневый",
        "Pink": "rosa rose rosado/rosada roze rozowy розовый",
        "Purple": "lila violett violet/violette morado/morada viola roxo/roxa paars fioletowy фиолетовый",
        "Gold": "golden dore/doree dorado/dorada oro/dorato dourado/dourada goud zloty guld золотой",
        "Silver": "silber argent/argente plateado/plateada argento prata zilver srebrny серебряный",
        "Beige": "bezowy бежевый",
        "Multicolour": "multicolor multicoloured multicolored mehrfarbig bunt multicolore meerkleurig wielokolorowy",
    },
    "material": {
        "Cotton": "baumwolle coton algodon cotone algodao katoen bawelna bomull bomuld хлопок",
        "Wool": "wolle laine lana la wol welna ull uld шерсть",
        "Linen": "leinen lin lino linho linnen len linne hor лен",
        "Silk": "seide soie seda seta zijde jedwab silke шелк",
        "Leather": "leder cuir cuero/piel pelle/cuoio couro leer skora lader кожа",
        "Wood": "holz bois madera legno madeira hout drewno tra trae дерево",
        "Glass": "glas verre vidrio/cristal vetro vidro szklo стекло",
        "Steel": "stahl acier acero acciaio aco staal stal сталь",
        "Ceramic": "keramik ceramique ceramica keramiek ceramika керамика",
        "Polyester": "poliestere poliester полиэстер",
    },
}
_LIST = re.compile(r"\s*[;|\n]\s*|,\s+|,(?=[^\W\d])")
_SPACES = re.compile(r"\s+")


def name_of(attribute: str) -> str | None:
    """The filter that a seller's attribute belongs to, in any of the known languages; None if there is none."""
    return _names().get(_fold(attribute[:MAX_VALUE]))


def values(text: str) -> list[str]:
    """The single values of an attribute, which may be a list ("Blue, Green")."""
    parts = (part.strip() for part in _LIST.split(text))
    return [part for part in dict.fromkeys(parts) if part and len(part) <= MAX_VALUE][:MAX_LISTED]


@lru_cache(maxsize=20_000)
def key(name: str, value: str) -> str:
    """Under what values are the same: whatever their case, accents, spaces and language."""
    folded = _fold(value)
    return _translations(name).get(folded, folded)


@lru_cache(maxsize=20_000)
def label(name: str, value: str) -> str:
    """How a value is shown that nobody has used before: in this spelling, but small letters begin with a capital."""
    translated = _translations(name).get(_fold(value))
    text = _SPACES.sub(" ", translated or value).strip()
    if not text.islower() and not translated:
        return text
    return text.upper() if name == "size" and len(text) <= 4 else text[:1].upper() + text[1:]


def facts(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values by filter of (attribute, text) pairs; a later attribute replaces an earlier one of the same filter."""
    found = {name: values(text) for attribute, text in pairs if (name := name_of(attribute))}
    return {name: each for name, each in found.items() if each}


def single_facts(named: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """A variant's facts with one value for each filter, in every combination of listed values."""
    for chosen in islice(product(*named.values()), MAX_VARIANT_FACTS):
        yield dict(zip(named, chosen, strict=True))


def fact_keys(named: Mapping[str, str], *, is_available: bool) -> set[str]:
    """The search keys of a variant's single facts, each a second time if it can be bought."""
    keys = {_join([fact]) for fact in named.items()}
    return keys | {IN_STOCK + key for key in keys} if is_available else keys


def combination_keys(named: Mapping[str, str], *, is_available: bool) -> set[str]:
    """The search keys of every combination of two or more of a variant's facts, availability among them.

    A combination is indexed only if one variant has all of it: a blue S and a red M do not match a blue M.
    """
    sorted_facts = sorted([*named.items(), *([AVAILABLE] if is_available else [])])
    return {
        _join(combination)
        for size in range(2, len(sorted_facts) + 1)
        for combination in combinations(sorted_facts, size)
    }


def limited(chosen: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The values of each facet as far as a search accepts them, in this order."""
    accepted: dict[str, tuple[str, ...]] = {}
    for name, given in chosen.items():
        for value in dict.fromkeys(given):
            if accepts_another(accepted, name):
                accepted[name] = (*accepted.get(name, ()), value)
    return accepted


def accepts_another(chosen: Mapping[str, Sequence[str]], name: str) -> bool:
    """Whether a search accepts another value of this facet beside those chosen."""
    counts = {each: len(chosen.get(each, ())) + (each == name) for each in NAMES}
    return counts[name] <= MAX_VALUES and prod(max(1, count) for count in counts.values()) <= MAX_KEYS


def require_few_keys(chosen: Mapping[str, Sequence[str]]) -> None:
    """Raise SearchTooBroad if the selected values make more than MAX_KEYS combinations."""
    count = prod(len(selected) for selected in chosen.values() if selected)
    if count > MAX_KEYS:
        raise SearchTooBroad(chosen, count=count, limit=MAX_KEYS)


def required_keys(selected: Mapping[str, Sequence[str]], *, in_stock: bool = False) -> list[str]:
    """The search keys of which a listing needs one, so that a variant has a selected value of every filter.

    With `in_stock`, it has to be a variant that can be bought.
    """
    names = sorted(name for name, chosen in selected.items() if chosen)
    choices = [[(name, value) for value in selected[name]] for name in names]
    if not names:
        return []
    return [_join([*([AVAILABLE] if in_stock else []), *combination]) for combination in product(*choices)]


def _join(named: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value.replace('&', '+')}" for name, value in named)


def _fold(text: str) -> str:
    return _SPACES.sub(" ", analysis.fold(text)).strip()


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {_fold(attribute): name for name, attributes in _ATTRIBUTES.items() for attribute in attributes.split()}


@lru_cache(maxsize=len(NAMES))
def _translations(name: str) -> dict[str, str]:
    return {
        _fold(word): shown
        for shown, others in _TRANSLATIONS.get(name, {}).items()
        for word in (shown, *re.split(r"[\s/]+", others))
    }
