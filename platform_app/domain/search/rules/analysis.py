"""The words of a text, analysed once for what is indexed and once, in the same way, for what is asked.

A chunk is what stands between spaces: "wh-1000xm4". Its pieces are what stands between joiners ("wh", "1000xm4"); the
atoms of a piece are its numbers and its runs of letters ("1000", "xm", "4"). Every atom is found by itself, and every
join of neighbours as one word ("wh1000xm4"). Scripts that are written without spaces have their letters and pairs of
letters as atoms.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import pairwise
from threading import Lock

import regex
import snowballstemmer

from platform_app.domain.search.rules.stopwords import STOPWORDS

VERSION = 2  # raised with every change of what is indexed; a job reindexes the rows of lower versions
MAX_WORD = 60  # characters; longer words are cut
MAX_ATOMS = 200  # of one chunk
MAX_JOINED_PIECES = 4  # chunks of more pieces have the joins of two pieces, and of all
MAX_POSITIONS = 64  # of one word in one document
MIN_CODE_PART = 4  # characters of a part of a SKU that is found by itself
MAX_CACHED_FIELD = 80  # characters
MAX_EXACT = 24  # characters; a longer exact key ends with a digest

# NFKC would turn these into letters, or loses what they mean.
_SYMBOLS = str.maketrans(dict.fromkeys("®™©℠", " ") | dict.fromkeys("’‘ʼ´`′‛", "'") | dict.fromkeys("″“”„‟", '"'))
# Letters that have no decomposition, and digits of all scripts.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ى": "ي", "ة": "ه", "⁄": "/"}
    | {chr(code): str(unicodedata.digit(chr(code))) for code in range(128, 0x1FBFA) if chr(code).isdecimal()}
)
_INVISIBLE = regex.compile(r"[\p{Cf}ـ]+")
# Marks are part of the word in Indic scripts, and accents elsewhere. The breve of a Cyrillic й makes another letter.
_ACCENTS = regex.compile(
    r"(?<=[\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}]\p{M}*)(?:(?<!и)\u0306|[^\P{M}\u0306])"
)
_TIMES = regex.compile(r"(?<=\d)\s*[×✕]\s*(?=\d)")
_INCHES = re.compile(r"(?<=\d)\s?(?:\"|'')(?!\w)")
_DIGIT_COMMA = re.compile(r"\d,\d")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,])")

_DENSE = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_CHUNK = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:[-‐'./&_+][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*(?:\+\+|#)?")
_ASCII_CHUNK = re.compile(r"[a-z0-9]+(?:[-'./&_+][a-z0-9]+)*(?:\+\+|#)?")  # the same for ASCII, much faster
_PIECE = regex.compile(r"(?:\d+\.\d+(?![\d.])|[\p{L}\p{N}\p{M}])+|[-‐'./&_+]")
_ATOM = regex.compile(rf"\d+(?:\.\d+)?|(?:[{_DENSE}]\p{{M}}*)+|(?:[^\d.{_DENSE}]\p{{M}}*)+")
_DENSE_ATOM = regex.compile(rf"[{_DENSE}]")
_GRAPHEME = regex.compile(rf"[{_DENSE}]\p{{M}}*")
# Scripts other than Latin: the languages that are written in them, and the one whose stems every shop has.
_STEMMED_SCRIPTS = (
    (regex.compile(r"\p{Cyrillic}+"), frozenset(("russian", "serbian")), "russian"),
    (regex.compile(r"\p{Greek}+"), frozenset(("greek",)), "greek"),
    (regex.compile(r"\p{Arabic}+"), frozenset(("arabic", "persian")), "arabic"),
    (regex.compile(r"[\p{Devanagari}\p{M}]+"), frozenset(("hindi", "nepali")), "hindi"),
    (regex.compile(r"[\p{Tamil}\p{M}]+"), frozenset(("tamil",)), "tamil"),
    (regex.compile(r"\p{Armenian}+"), frozenset(("armenian",)), ""),
    (regex.compile(r"\p{Hebrew}+"), frozenset(("yiddish",)), ""),
)
# All that Snowball stems, which includes all that PostgreSQL does. Words of any other language are found as they are.
LANGUAGES = (
    "arabic",
    "armenian",
    "basque",
    "catalan",
    "czech",
    "danish",
    "dutch",
    "english",
    "esperanto",
    "estonian",
    "finnish",
    "french",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "lithuanian",
    "nepali",
    "norwegian",
    "persian",
    "polish",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "sesotho",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "yiddish",
)
_LATIN = regex.compile(r"\p{Latin}+")
_LATIN_LANGUAGES = frozenset(LANGUAGES) - frozenset().union(*(own for _, own, _ in _STEMMED_SCRIPTS)) | {"serbian"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive atoms; `joined` is the word that they make together, empty for scripts without spaces."""

    atoms: tuple[str, ...]
    joined: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pieces of a chunk; `joins` are (index of the first atom, word) for neighbours that make one word."""

    pieces: tuple[Piece, ...]
    atoms: tuple[str, ...]  # of all pieces, one at each position
    joins: tuple[tuple[int, str], ...]
    whole: str  # all of it as one word
    sign: str = ""  # what makes another word of the last atom: "++" or "#"


def fold(text: str) -> str:
    """The text in one spelling: compatibility forms, case, accents, quotes, digits and units of inches."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _TIMES.sub("x", text.translate(_SYMBOLS))).casefold()
        text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text))
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text)).translate(_LETTERS)
    text = text.lower()
    if '"' in text or "''" in text:
        text = _INCHES.sub(" inch ", text)
    if _DIGIT_COMMA.search(text):
        text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    return text


def chunks(text: str) -> list[Chunk]:
    """The chunks of a text, in order."""
    return [split(chunk) for chunk in _chunk_texts(text)]


def words(text: str) -> list[str]:
    """The atoms of a text, in order."""
    return [atom for chunk in chunks(text) for atom in chunk.atoms]


def exact_key(text: str) -> str:
    """The word under which a text is found as a whole, however it is spaced; empty without words."""
    return _exact_key(chunks(text))


def _chunk_texts(text: str) -> list[str]:
    folded = fold(text)
    found: list[str] = (_ASCII_CHUNK if folded.isascii() else _CHUNK).findall(folded)
    return found


@lru_cache(maxsize=50_000)
def split(chunk: str) -> Chunk:
    """The pieces and joins of a folded chunk."""
    body = chunk.rstrip("+#") or chunk
    found = _PIECE.findall(body)
    joiners = ["", *found[1::2]]
    possessive = len(found) > 2 and found[-2:] == ["'", "s"]
    pieces = tuple(_piece(text) for text in found[::2])
    kept = pieces[:-1] if possessive else pieces
    joins = dict.fromkeys((start, word[:MAX_WORD]) for start, word in _joins(pieces, joiners))
    whole = next(iter(joins), (0, ""))[1] or "".join(atom for piece in pieces for atom in piece.atoms)
    sign = chunk[len(body) :]
    if sign:
        last = pieces[-1].atoms[-1]
        joins[sum(len(piece.atoms) for piece in pieces) - 1, last[: MAX_WORD - len(sign)] + sign] = None
    atoms = tuple(atom for piece in kept for atom in piece.atoms)
    return Chunk(pieces=kept, atoms=atoms, joins=tuple(joins), whole=whole + sign, sign=sign)


def stems(word: str, languages: Sequence[str]) -> set[str]:
    """The stems of a word in those of these languages that have its script, and in the script's own language."""
    if _LATIN.fullmatch(word):
        return {_stem(language, word) for language in languages if language in _LATIN_LANGUAGES}
    return {
        _stem(language, word)
        for script, own, default in _STEMMED_SCRIPTS
        if script.fullmatch(word)
        for language in {*own.intersection(languages), default} - {""}
    }


def forms(word: str, languages: Sequence[str]) -> set[str]:
    """What a word is indexed as: itself, its stems, and a number without its leading zeros."""
    return {word, *stems(word, languages), *([word.lstrip("0") or "0"] if word.isdecimal() else [])}


@cache
def stopwords(language: str) -> frozenset[str]:
    """The words of a language that say nothing about an item."""
    return frozenset(fold(word) for word in STOPWORDS.get(language, "").split())


def is_letters(word: str) -> bool:
    """Whether a word is written in letters and can be misspelled; scripts without spaces are matched by pairs."""
    return not any(letter.isdigit() for letter in word) and word.isalpha() and not _DENSE_ATOM.match(word)


def grams(atom: str) -> list[str]:
    """What has to be found of an atom: pairs of letters in scripts without spaces, otherwise the atom."""
    if not _DENSE_ATOM.match(atom):
        return [atom]
    letters = _GRAPHEME.findall(atom)
    return ["".join(pair) for pair in pairwise(letters)] or letters


@lru_cache(maxsize=10_000)
def lexicon(text: str) -> tuple[str, ...]:
    """The words of a text that completions and corrections can offer."""
    found = (word for chunk in chunks(text) for word in (*chunk.atoms, *(word for _, word in chunk.joins)))
    return tuple(word for word in found if 3 <= len(word) <= 40 and is_letters(word))


def code_key(text: str) -> str:
    """The word under which a SKU or barcode is found as a whole and by its beginning; empty without words."""
    return _code_key(chunks(text))


def code_words(code: str) -> Iterator[str]:
    """A SKU as a whole, its parts from the beginning on, and those long enough to mean something alone."""
    found = chunks(code)
    if found:
        yield _code_key(found)
    for chunk in found:
        yield chunk.whole[:MAX_WORD]
        yield from (word for start, word in chunk.joins if start == 0)
        yield from (atom for atom in chunk.atoms if len(atom) >= MIN_CODE_PART)


def document(fields: Iterable[tuple[str, str]], *, language: str, keys: Iterable[str] = ()) -> str:
    """The tsvector, as text, of (text, weight) fields, best weight first; `keys` are added as they are.

    Fields of the weights C and D have the stems of words only, and no stopwords: they are most of the index.
    """
    found: dict[str, list[str]] = {}
    position = 0
    for text, weight in fields:
        analyse = _short_field if len(text) <= MAX_CACHED_FIELD else _field
        width, lexemes = analyse(text, language, weight in "CD")
        for offset, lexeme in lexemes:
            place = f"{position + offset}{weight}"
            if lexeme in found:
                found[lexeme].append(place)
            else:
                found[lexeme] = [place]
        position += width
    for key in keys:
        found.setdefault(key, ["1B"])
    return " ".join([f"'{lexeme}':{','.join(places[:MAX_POSITIONS])}" for lexeme, places in found.items()])


def _field(text: str, language: str, is_long: bool) -> tuple[int, list[tuple[int, str]]]:
    """The number of positions that a text takes, and its lexemes with their offsets, from 1."""
    found: list[tuple[int, str]] = []
    position = 0
    for chunk in _chunk_texts(text):
        width, lexemes = _lexemes(chunk, language, is_long)
        found += [(position + offset, lexeme) for offset, lexeme in lexemes] if position else lexemes
        position += width
    return position, found


_short_field = lru_cache(maxsize=20_000)(_field)  # tags, categories and options recur


@lru_cache(maxsize=100_000)
def _lexemes(text: str, language: str, is_long: bool) -> tuple[int, tuple[tuple[int, str], ...]]:
    """The number of positions that a chunk takes, and its lexemes with their offsets, from 1."""
    chunk = split(text)
    atoms = chunk.atoms
    if is_long and len(atoms) == 1 and atoms[0] in stopwords(language):
        return 1, ()
    languages = (language,)
    found = {(index + 1, form): None for index, atom in enumerate(atoms) for form in _indexed_forms(atom, languages)}
    found |= {(start + 1, form): None for start, word in chunk.joins for form in forms(word, languages)}
    if is_long:
        unstemmed = {word for word in (*atoms, *(word for _, word in chunk.joins)) if stems(word, languages) - {word}}
        found = {place: None for place in found if place[1] not in unstemmed}
    return len(atoms), tuple(found)


def _indexed_forms(atom: str, languages: Sequence[str]) -> Iterable[str]:
    return {*_GRAPHEME.findall(atom), *grams(atom)} if _DENSE_ATOM.match(atom) else forms(atom, languages)


def _exact_key(found: Sequence[Chunk]) -> str:
    whole = "".join(chunk.whole for chunk in found)
    if len(whole) > MAX_EXACT:
        whole = f"{whole[:8]}={blake2b(whole.encode(), digest_size=8).hexdigest()}"
    return f"={whole}" if whole else ""


def _code_key(found: Sequence[Chunk]) -> str:
    whole = "".join(chunk.whole for chunk in found)
    return f"#{whole[: MAX_WORD - 1]}" if whole else ""


def _piece(text: str) -> Piece:
    atoms = tuple(atom[:MAX_WORD] for atom in _ATOM.findall(text))[:MAX_ATOMS]
    is_dense = any(_DENSE_ATOM.match(atom) for atom in atoms)
    return Piece(atoms=atoms, joined="" if is_dense else "".join(atoms)[:MAX_WORD])


def _joins(pieces: Sequence[Piece], joiners: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The joins of neighbours, all of a chunk first; single atoms are no joins."""
    count = len(pieces)
    starts = [sum(len(piece.atoms) for piece in pieces[:index]) for index in range(count)]
    widths = range(count, 0, -1) if count <= MAX_JOINED_PIECES else (count, 2, 1)
    for width in widths:
        for first in range(count - width + 1):
            part = pieces[first : first + width]
            if all(piece.joined for piece in part) and sum(len(piece.atoms) for piece in part) > 1:
                yield starts[first], _join(part, joiners[first : first + width])


def _join(pieces: Sequence[Piece], joiners: Sequence[str]) -> str:
    """One word of several; between two digits the joiner stays, since 1/2 is not 12 (but 1'000 is 1000)."""
    word = pieces[0].joined
    for piece, joiner in zip(pieces[1:], joiners[1:], strict=True):
        word += (joiner if joiner != "'" and word[-1].isdigit() and piece.joined[0].isdigit() else "") + piece.joined
    return word


_lock = Lock()
_stemmers = {name: snowballstemmer.stemmer(name) for name in LANGUAGES}


@lru_cache(maxsize=200_000)
def _stem(language: str, word: str) -> str:
    with _lock:  # a stemmer holds the word that it works on
        return str(_stemmers[language].stemWord(word))
