"""Migrations block no release that is running: squawk checks the SQL of each migration after the first release."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from platform_app.infra import migrate
from platform_app.infra.settings import ROOT

# These migrations ran before any installation was in production, so they had no rows to block.
BEFORE_THE_FIRST_RELEASE = "2026_11_25_0130"
# Rules of style, and those that migrate.py follows for every migration. The others find what blocks or breaks a running
# release.
IGNORED_RULES = (
    "prefer-robust-stmts", "prefer-text-field", "prefer-identity", "prefer-bigint-over-int",
    "prefer-bigint-over-smallint", "require-lock-timeout", "require-statement-timeout",
)  # fmt: skip
# Allowed in a migration whose NARROWS says why nothing needs the removed thing any more.
NARROWING = ("ban-drop-column", "ban-drop-constraint", "ban-drop-table", "renaming-column", "renaming-table")
SQUAWK = Path(sys.executable).with_name("squawk")
REVISIONS = list(ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions("base", "heads"))


def migrations_after_release() -> list[Script]:
    """The migrations after the first release, newest first."""
    names = [each.revision for each in REVISIONS]
    return REVISIONS[: names.index(BEFORE_THE_FIRST_RELEASE)]


def migration_sql(migration: Script | SimpleNamespace) -> str:
    """The SQL of a migration, as Alembic runs it."""
    buffer = StringIO()
    options = {**migrate.OPTIONS, "as_sql": True, "output_buffer": buffer}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        migration.module.upgrade()
    return buffer.getvalue()


def broken_rules(sql: str, *, narrows: str = "") -> set[str]:
    """The rules that this SQL breaks."""
    excluded = ",".join((*IGNORED_RULES, *(NARROWING if narrows else ())))
    command = [str(SQUAWK), "--reporter", "json", "--pg-version", "15", "--exclude", excluded]
    ran = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    return {found["rule_name"] for found in json.loads(ran.stdout)}


def test_migrations_after_the_first_release_break_no_rule() -> None:
    found = {
        each.revision: broken_rules(migration_sql(each), narrows=getattr(each.module, "NARROWS", ""))
        for each in migrations_after_release()
    }
    assert {name: broken for name, broken in found.items() if broken} == {}


def test_a_removal_after_the_first_release_states_its_reason() -> None:
    reasons = [getattr(each.module, "NARROWS", None) for each in migrations_after_release()]
    assert [why for why in reasons if why is not None and len(why.split()) < 3] == []


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("CREATE INDEX listing_key_idx ON listing (key)", "require-concurrent-index-creation"),
        ("DROP INDEX listing_id_idx", "require-concurrent-index-deletion"),
        ("CREATE UNIQUE INDEX CONCURRENTLY a_idx ON listing (key)", "ban-concurrent-index-creation-in-transaction"),
        ("ALTER TABLE listing ADD COLUMN seen INTEGER NOT NULL", "adding-required-field"),
        ("ALTER TABLE listing ADD COLUMN seen TIMESTAMPTZ DEFAULT clock_timestamp()", "adding-field-with-default"),
        ("ALTER TABLE listing ALTER COLUMN version TYPE BIGINT", "changing-column-type"),
        ("ALTER TABLE listing ALTER COLUMN category_id SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE listing ADD CONSTRAINT a CHECK (version > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE listing ADD CONSTRAINT a UNIQUE (key)", "disallowed-unique-constraint"),
        ("ALTER TABLE listing DROP COLUMN tags", "ban-drop-column"),
        ("DROP TABLE favourite", "ban-drop-table"),
        ("ALTER TABLE listing DROP CONSTRAINT listing_status_check", "ban-drop-constraint"),
        ("ALTER TABLE listing RENAME COLUMN tags TO words", "renaming-column"),
        ("ALTER TABLE listing RENAME TO offer", "renaming-table"),
    ],
)
def test_sql_that_blocks_or_breaks_the_running_release_is_found(sql: str, broken: str) -> None:
    assert broken in broken_rules(f"BEGIN; {sql}; COMMIT;")
    allowed = broken_rules(f"BEGIN; {sql}; COMMIT;", narrows="the release before reads it no more")
    assert (broken in allowed) is (broken not in NARROWING)


def test_sql_that_blocks_nothing_passes() -> None:
    fresh = (
        "CREATE TABLE ware (id UUID NOT NULL, shop_id UUID NOT NULL, CONSTRAINT ware_pkey PRIMARY KEY (shop_id, id))"
    )
    added = "ALTER TABLE listing ADD COLUMN seen INTEGER NOT NULL DEFAULT 0"
    checked = "ALTER TABLE listing ADD CONSTRAINT a CHECK (version > 0) NOT VALID"
    concurrent_index = "CREATE INDEX CONCURRENTLY listing_key_idx ON listing (key)"
    script = f"BEGIN; {fresh}; CREATE INDEX ware_id_idx ON ware (id); {added}; {checked}; COMMIT; {concurrent_index}; BEGIN; COMMIT;"
    assert broken_rules(script) == set()


def written_as(*statements: str) -> SimpleNamespace:
    """A migration that runs these statements."""
    module = ModuleType("migration")
    module.upgrade = lambda: [op.execute(each) for each in statements]  # type: ignore[attr-defined]
    return SimpleNamespace(module=module)


def test_an_index_on_a_table_of_the_same_migration_passes() -> None:
    table = (
        "CREATE TABLE ware (id UUID NOT NULL, shop_id UUID NOT NULL, CONSTRAINT ware_pkey PRIMARY KEY (shop_id, id))"
    )
    sql = migration_sql(written_as(table, "CREATE INDEX ware_id_idx ON ware (id)"))
    assert [line for line in sql.splitlines() if line] == [
        "BEGIN;",
        f"{table};",
        "CREATE INDEX ware_id_idx ON ware (id);",
        "COMMIT;",
    ]
    assert broken_rules(sql) == set()
    assert broken_rules(migration_sql(written_as("CREATE INDEX listing_key_idx ON listing (key)"))) == {
        "require-concurrent-index-creation"
    }


def test_the_handbooks_way_to_widen_a_check_passes() -> None:
    handbook = (ROOT / "docs" / "operations" / "databases.md").read_text()
    statements = re.findall(r'"(ALTER TABLE user_account [^"]*)"', handbook)
    (reason,) = re.findall(r'NARROWS = "([^"]*roles[^"]*)"', handbook)
    replaced, validated = statements[:2], statements[2:]
    assert [each.split()[3] for each in statements] == ["DROP", "ADD", "VALIDATE"]
    assert broken_rules(migration_sql(written_as(*replaced)), narrows=reason) == set()
    assert broken_rules(migration_sql(written_as(*validated))) == set()
    assert "constraint-missing-not-valid" in broken_rules(
        migration_sql(written_as(*(each.removesuffix(" NOT VALID") for each in replaced)))
    )


def test_a_migration_is_checked_as_alembic_runs_it() -> None:
    sql_by_revision = {each.revision: migration_sql(each) for each in REVISIONS}
    assert "CREATE INDEX picture_content_idx ON picture (content)" in sql_by_revision["2026_11_24_2210"]
    assert "require-concurrent-index-creation" in broken_rules(sql_by_revision["2026_11_24_2210"])
