"""What a visitor typed, and the tsquery that finds it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

from platform_app.domain.search.rules import MAX_QUERY, MAX_TERMS, analysis
from platform_app.domain.search.rules.analysis import Chunk, Piece

MAX_SYNONYMS = 8  # other words for one word
MIN_BEGINNING = 4  # characters of a SKU that is found by its beginning
MAX_DROPPABLE = 8  # words of which a relaxed search may leave some out

_PHRASE = re.compile(r"""(?<!\S)(-?)["“„«]([^"“”„«»]+)["”“»](?!\S)""")
_EXCLUDED = re.compile(r"(?<!\S)-(?=[^\W_])(\S+)")
_PHRASE_OR_WORD = re.compile(rf"{_PHRASE.pattern}|\S+")


@dataclass(frozen=True)
class QueryText:
    """A parsed query: words that may be stemmed and corrected, quoted phrases, and what must not occur."""

    chunks: tuple[Chunk, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    exact: str = ""  # the key of a listing with this title
    code: str = ""  # the key of a variant with this SKU or barcode

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not self.chunks and not self.phrases


@dataclass(frozen=True)
class Lexicon:
    """What a market's words say about a query: the languages of its shops, and what to try beside each word."""

    languages: tuple[str, ...] = ()
    expansions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    compounds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Of the expansions, those of misspelled words.
    corrections: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prefers_typed: bool = False  # whether a word as it was typed counts beside its stems


def parse(query: str) -> QueryText:
    """The words, "quoted phrases" and -excluded words of a query; without other words, nothing is excluded."""
    text = query[:MAX_QUERY]
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    for minus, phrase in _PHRASE.findall(text):
        if words := tuple(analysis.words(phrase)[:MAX_TERMS]):
            (excluded if minus else phrases).append(words)
    rest = _PHRASE.sub(" ", text)
    excluded += [tuple(chunk.atoms) for word in _EXCLUDED.findall(rest) for chunk in analysis.chunks(word)]
    chunks = tuple(analysis.chunks(_EXCLUDED.sub(" ", rest))[:MAX_TERMS])
    if not chunks and not phrases:
        chunks, excluded = tuple(analysis.chunks(text)[:MAX_TERMS]), []
    if phrases or excluded:
        return QueryText(chunks, tuple(phrases[:MAX_TERMS]), tuple(excluded[:MAX_TERMS]))
    return QueryText(chunks, exact=analysis.exact_key(text), code=analysis.code_key(text))


def lookup_words(query: QueryText) -> list[str]:
    """The words that may be incomplete or misspelled, in order, without numbers and very short words."""
    return [word for chunk in query.chunks if len(word := chunk.whole) > 1 and analysis.is_letters(word)]


def synonym_keys(query: QueryText) -> list[str]:
    """What may have synonyms: each word, each two neighbours as one, and their stems."""
    wholes = [chunk.whole for chunk in query.chunks]
    wholes += [joined for left, right in pairwise(query.chunks) if (joined := _joined(left, right))]
    return list(dict.fromkeys(form for word in wholes for form in (word, *analysis.stems(word, analysis.LANGUAGES))))


def searched_corrections(query: QueryText, lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """The misspelled words that the query searches for, each with the words that take its place."""
    wanted, _ = _wanted(query, lexicon)
    return {
        chunk.whole: tuple(lexicon.corrections[chunk.whole])
        for chunk in wanted
        if not chunk.sign and chunk.whole in lexicon.corrections
    }


def corrected_text(query: str, corrections: Mapping[str, Sequence[str]]) -> str:
    """The query with the most similar words in place of the misspelled ones; phrases and excluded words stay."""

    def correct(found: re.Match[str]) -> str:
        chunks = [] if found[2] or found[0].startswith("-") else analysis.chunks(found[0])
        if not any(chunk.whole in corrections for chunk in chunks):
            return found[0]
        return " ".join(corrections.get(chunk.whole, (chunk.whole,))[0] for chunk in chunks)

    return _PHRASE_OR_WORD.sub(correct, query[:MAX_QUERY])[:MAX_QUERY]


def tsquery(query: QueryText, lexicon: Lexicon, *, strict: bool = False) -> str:
    """The tsquery of all words; a `strict` one has no words that only look alike. Empty if there are no words."""
    terms = _and([*_terms(query, lexicon, strict=strict), *_fixed(query, lexicon)])
    return _or([terms, *_code(query)]) if terms else ""


def named_tsquery(query: QueryText) -> str:
    """The tsquery of what has this title, SKU or barcode, or a SKU that begins so. Empty if there are no words."""
    return _or([*([_quote(query.exact)] if query.exact else []), *_code(query)])


def any_word_tsquery(query: QueryText, lexicon: Lexicon) -> str:
    """The tsquery of any of the words; a word as it was typed counts more than another form of it."""
    return _or(dict.fromkeys(_terms(query, replace(lexicon, prefers_typed=True))))


def relaxed_tsqueries(query: QueryText, lexicon: Lexicon) -> list[str]:
    """Tsqueries that leave out one word, then all but two, then all but one; phrases and exclusions stay."""
    terms = list(dict.fromkeys(_terms(query, lexicon)))[:MAX_DROPPABLE]
    sizes = dict.fromkeys(size for size in (len(terms) - 1, 2, 1) if 0 < size < len(terms))
    subsets = ([_and(subset) for subset in combinations(terms, size)] for size in sizes)
    return [_and([_or(subset), *_fixed(query, lexicon)]) for subset in subsets]


def _terms(query: QueryText, lexicon: Lexicon, *, strict: bool = False) -> list[str]:
    """One tsquery for each word that is no stopword, in order."""
    chunks = query.chunks
    alternatives = [_chunk_alternatives(chunk, lexicon, strict=strict) for chunk in chunks]
    for index, (left, right) in enumerate(pairwise(chunks)):
        joined = _joined(left, right)
        for each in (alternatives[index], alternatives[index + 1]) if joined else ():
            each += [*_forms(joined, lexicon), *_synonyms(joined, lexicon)]
    _, positions = _wanted(query, lexicon)
    return [_or(dict.fromkeys(alternatives[position])) for position in positions]


def _wanted(query: QueryText, lexicon: Lexicon) -> tuple[list[Chunk], list[int]]:
    """The chunks that have to be found, and their positions: all but stopwords, unless there is nothing else."""
    stopwords = frozenset[str]().union(*(analysis.stopwords(language) for language in lexicon.languages))
    positions = [index for index, chunk in enumerate(query.chunks) if chunk.whole not in stopwords]
    if not positions and not query.phrases:
        positions = list(range(len(query.chunks)))
    return [query.chunks[index] for index in positions], positions


def _code(query: QueryText) -> list[str]:
    """The SKU or barcode; a text with digits that is long enough may be the beginning of one."""
    if not query.code:
        return []
    is_beginning = len(query.code) > MIN_BEGINNING and any(letter.isdigit() for letter in query.code)
    return [_quote(query.code) + (":*" if is_beginning else "")]


def _fixed(query: QueryText, lexicon: Lexicon) -> list[str]:
    """The phrases, whose words follow each other in any inflection, and what is excluded."""
    phrases = [_or([_phrase(words, lexicon), *_joined_phrase(words)]) for words in query.phrases]
    excluded = [
        _and([_or(_forms(gram, lexicon)) for word in words for gram in analysis.grams(word)])
        for words in query.excluded
    ]
    return [*phrases, *(f"!({each})" for each in excluded)]


def _chunk_alternatives(chunk: Chunk, lexicon: Lexicon, *, strict: bool) -> list[str]:
    whole = chunk.whole[: analysis.MAX_WORD]
    if chunk.sign:
        *atoms, last = chunk.atoms
        signed = last[: analysis.MAX_WORD - len(chunk.sign)] + chunk.sign
        return [_and([*(_quote(gram) for atom in atoms for gram in analysis.grams(atom)), _quote(signed)])]
    pieces = [
        _or([*(_forms(piece.joined, lexicon) if len(piece.atoms) > 1 and piece.joined else ()), _atoms(piece, lexicon)])
        for piece in chunk.pieces
    ]
    found = [_and(pieces)] if pieces else []
    found += [form for _, word in chunk.joins[:1] for form in _forms(word, lexicon)]
    found += _synonyms(whole, lexicon)
    if strict:
        return found
    others = [*lexicon.compounds.get(whole, ()), *lexicon.expansions.get(whole, ())]
    return [*found, *(form for word in others for form in _forms(word, lexicon))]


def _atoms(piece: Piece, lexicon: Lexicon) -> str:
    return _and([_or(_forms(gram, lexicon)) for atom in piece.atoms for gram in analysis.grams(atom)])


def _forms(word: str, lexicon: Lexicon) -> list[str]:
    """What a word is looked for as: its stems, since listings in a language with a stem for it are indexed by that.

    In a market with a language that has none, also as it was typed.
    """
    by_language = [analysis.stems(word, (language,)) for language in lexicon.languages]
    found = {stem for stems in by_language for stem in stems}
    if lexicon.prefers_typed or not by_language or not all(by_language):
        found.add(word)
    return [_quote(form) for form in sorted(found)]


def _synonyms(word: str, lexicon: Lexicon) -> list[str]:
    """Other words for this one or for its stem."""
    plain = Lexicon(lexicon.languages)
    texts = dict.fromkeys(
        text
        for form in (word, *sorted(analysis.stems(word, lexicon.languages)))
        for text in lexicon.synonyms.get(form, ())
    )
    return [_and(_terms(QueryText(tuple(analysis.chunks(text))), plain)) for text in list(texts)[:MAX_SYNONYMS]]


def _joined(left: Chunk, right: Chunk) -> str:
    """Two neighbours as one word ("usb c"); empty if they cannot be one."""
    words = [piece.joined for chunk in (left, right) for piece in chunk.pieces]
    if (
        left.sign
        or right.sign
        or len(words) != 2
        or not all(words)
        or (words[0][-1].isdigit() and words[1][0].isdigit())
    ):
        return ""
    return "".join(words) if len(words[0]) + len(words[1]) <= analysis.MAX_WORD else ""


def _phrase(words: Sequence[str], lexicon: Lexicon) -> str:
    return "<->".join(f"({_and([_or(_forms(gram, lexicon)) for gram in analysis.grams(word)])})" for word in words)


def _joined_phrase(words: Sequence[str]) -> list[str]:
    return [_quote("".join(words)[: analysis.MAX_WORD])] if len(words) > 1 else []


def _quote(word: str) -> str:
    """A lexeme; the analysis leaves no quote and no backslash in a word."""
    return f"'{word}'"


def _and(parts: Iterable[str]) -> str:
    return " & ".join(_group(part) for part in parts)


def _or(parts: Iterable[str]) -> str:
    return " | ".join(_group(part) if " & " in part else part for part in parts)


def _group(part: str) -> str:
    return f"({part})" if " " in part else part
