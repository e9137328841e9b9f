"""An operator's synonyms."""

from sqlalchemy import text

from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.search.errors import InvalidSynonym
from platform_app.domain.search.rules import analysis, synonyms
from platform_app.infra.db import WriteSession, invalidate

_SAVE = text("""
INSERT INTO search_synonym (language, word, meanings) VALUES (:language, :word, :meanings)
ON CONFLICT (language, word) DO UPDATE SET meanings = excluded.meanings""")
_RESET = text("DELETE FROM search_synonym WHERE language = :language AND word = :word")


def replace(session: WriteSession, *, language: str, word: str, meanings: tuple[str, ...] | None) -> None:
    """Set what a searched word also finds in a language, instead of the shipped synonyms; None restores those."""
    key = synonyms.key(word)
    if not key:
        raise InvalidSynonym(f"“{word}” has no letters or digits.")
    if language not in analysis.LANGUAGES:
        raise InvalidSynonym(f"The language has to be one of {', '.join(analysis.LANGUAGES)}.")
    if meanings is None:
        session.execute(_RESET, {"language": language, "word": key})
    else:
        session.execute(_SAVE, {"language": language, "word": key, "meanings": list(meanings)})
    invalidate(session, CATALOG)
