"""The search index: one row per published listing, its words, and queries without results."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL, TSVECTOR
from sqlmodel import Field, SQLModel

from platform_app.domain.catalog.models import Listing
from platform_app.domain.shared.model_base import LOCAL, Distribution, by, columns

_INDEXED = ("document", "categories", "facets", "combinations", text("search_price_step(price_min)"))


class ListingSearch(SQLModel, table=True):
    """The search row of a published listing; `card` has all that a result shows, so search reads no other table."""

    __tablename__ = "listing_search"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        Index("listing_search_words_idx", *_INDEXED, postgresql_using="gin"),
        Index(
            "listing_search_leading_words_idx", *_INDEXED, postgresql_using="gin", postgresql_where=text("is_leading")
        ),
        Index("listing_search_leading_quality_idx", "quality", "listing_id", postgresql_where=text("is_leading")),
        Index("listing_search_quality_idx", "quality", "listing_id"),
        Index("listing_search_listed_idx", "listed_at", "listing_id"),
        Index("listing_search_price_idx", "price_min", "listing_id"),
        Index("listing_search_shop_idx", "shop_id", "listed_at", "listing_id"),
        Index("listing_search_analysis_idx", text("search_analysis(card)")),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    categories: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    facets: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    combinations: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    condition: str
    # In the market's currency; `own_price` is the lowest price in the shop's, if that is another one.
    price_min: int = Field(sa_type=BigInteger)
    price_max: int = Field(sa_type=BigInteger)
    own_price: int | None = Field(default=None, sa_type=BigInteger)
    in_stock: bool
    quality: float = Field(sa_type=REAL)
    is_leading: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    listed_at: datetime = Field(sa_type=DateTime(timezone=True))
    card: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    document: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class SearchWord(SQLModel, table=True):
    """A word that occurs in a listing; typos and prefixes are matched against these.

    `listings` is the number of top-tier listings with the word as last counted.
    """

    __tablename__ = "search_word"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (
        Index("search_word_trigram_idx", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
        Index("search_word_beginning_idx", text('word COLLATE "C"')),
        Index("search_word_ending_idx", text('reverse(word) COLLATE "C"')),
    )

    word: str = Field(primary_key=True)
    listings: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class FacetValue(SQLModel, table=True):
    """How a value of a filter is shown: as the first seller wrote it. `key` is what its other spellings share."""

    __tablename__ = "search_facet_value"
    __distribution__: ClassVar[Distribution] = LOCAL

    name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    label: str


class SearchSynonym(SQLModel, table=True):
    """What an operator wants a word to mean in a language, instead of the shipped synonyms; none for nothing.

    `word` is the key that the analysis makes of it.
    """

    __tablename__ = "search_synonym"
    __distribution__: ClassVar[Distribution] = LOCAL

    language: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    meanings: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class ZeroResultQuery(SQLModel, table=True):
    """A normalised query that found nothing; `times` is updated once a minute."""

    __tablename__ = "search_miss"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (CheckConstraint("length(words) BETWEEN 1 AND 200", name="words"),)

    words: str = Field(primary_key=True)
    times: int = Field(sa_type=BigInteger)
    first_at: datetime = Field(sa_type=DateTime(timezone=True))
    last_at: datetime = Field(sa_type=DateTime(timezone=True))
