"""Writing a migration: what the models say and the database does not have yet."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Index, MetaData
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import String, TypeDecorator, TypeEngine

from platform_app.infra import migrate


class NoDifference(Exception):
    """The database has everything that the models say."""


def write(message: str, *, metadata: Sequence[MetaData], now: datetime) -> Path:
    """Write the migration from the database, which is at head, to these tables; NoDifference where there is none."""
    revision = f"{now:%Y_%m_%d_%H%M}"
    with migrate.direct_connection() as connection:
        config = migrate.config(connection)
        config.set_main_option("file_template", "%%(rev)s-%%(slug)s")
        config.attributes["options"] = {
            **migrate.OPTIONS,
            "target_metadata": list(metadata),
            "compare_type": _differs_in_type,
            "include_object": _is_compared,
            "render_item": _render_item,
            "process_revision_directives": _refuse_empty,
        }
        with redirect_stdout(io.StringIO()):  # alembic reports what it does there
            script = command.revision(config, message, autogenerate=True, rev_id=revision)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def _refuse_empty(_context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    operations = directives[0].upgrade_ops
    if operations is None or operations.is_empty():
        raise NoDifference


def _is_compared(
    declared: SchemaItem, _name: str | None, _kind: str, _reflected: bool, existing: SchemaItem | None
) -> bool:
    """False for an existing index with a collation: alembic reads it without, and would find a difference each time."""
    if isinstance(declared, Index) and existing is not None:
        return not any("COLLATE" in str(expression) for expression in declared.expressions)
    return True


def _differs_in_type(
    _context: MigrationContext,
    _inspected_column: Column[object],
    _metadata_column: Column[object],
    inspected: TypeEngine[object],
    declared: TypeEngine[object],
) -> bool | None:
    """Whether two types differ; None leaves the answer to alembic. TEXT holds any text column of the models."""
    found, wanted = _plain(inspected), _plain(declared)
    if isinstance(found, String) and isinstance(wanted, String):
        return found.length is not None and found.length != wanted.length
    return None


def _render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Text as this project's migrations write it; anything else as alembic does."""
    if kind != "type" or not isinstance(item, TypeEngine):
        return False
    plain = _plain(item)
    if not isinstance(plain, String):
        return False
    return f"sa.String({plain.length})" if plain.length else "sa.Text()"


def _plain(kind: TypeEngine[object]) -> TypeEngine[object]:
    """The type of the column itself, without what Python makes of it."""
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind
