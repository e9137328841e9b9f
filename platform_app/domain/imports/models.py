"""Imports, their rows and changes, and saved column mappings."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.shared.model_base import Distribution, by, columns, new_id, open_text_enum, text_enum
from platform_app.domain.shops.models import Shop


class ImportRun(SQLModel, table=True):
    """The import of one file into a shop; products before `next_product` are done.

    One started in a browser has a `user_id`, and its id is the upload's id. It is a `dry_run` until it is confirmed.
    """

    __tablename__ = "import_run"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        Index("import_run_id_idx", "id"),
        Index("import_run_unfinished_idx", "created_at", postgresql_where=text("user_id IS NOT NULL AND NOT archived")),
    )

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID | None = None
    file_key: str
    file_name: str
    asked_format: Format = Field(sa_type=text_enum(Format))
    format: str = ""
    encoding: str = ""
    mapping: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    fingerprint: str = ""
    columns: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    suggested: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    preview: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    dry_run: bool = False
    as_drafts: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    state: RunState = Field(default=RunState.QUEUED, sa_type=open_text_enum(RunState, unknown=RunState.DISCARDED))
    message: str = ""
    profile: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    next_product: int = 0
    products: int = 0
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    restored: int = 0
    kept: int = 0
    changes: int = 0
    archived: bool = False
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    began_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    moved_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    staged_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


class ImportRow(SQLModel, table=True):
    """One row of the file, stored until the report is archived; `product` numbers the products in file order."""

    __tablename__ = "import_row"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "run_id"], columns(ImportRun, "shop_id", "id"), ondelete="CASCADE"),
        Index("import_row_product_idx", "shop_id", "run_id", "product"),
    )

    shop_id: UUID = Field(primary_key=True)
    run_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True)
    product: int | None
    cells: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    size: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome), nullable=True)
    note: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class ImportChange(SQLModel, table=True):
    """A listing that an import created or changed, with its previous content for undo."""

    __tablename__ = "import_change"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "run_id"], columns(ImportRun, "shop_id", "id"), ondelete="CASCADE"),
    )

    shop_id: UUID = Field(primary_key=True)
    run_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    before: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    version: int
    undone: bool = False


class ImportMapping(SQLModel, table=True):
    """The saved column mapping for a shop's files with this header."""

    __tablename__ = "import_mapping"
    __distribution__: ClassVar[Distribution] = by("shop_id")

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    header: str = Field(primary_key=True)
    mapping: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
