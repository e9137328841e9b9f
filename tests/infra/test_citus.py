"""Sharding: a table that breaks each of Citus's rules, and the statements, run against a stand-in for Citus."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from platform_app.domain.sharding import table_distributions
from platform_app.infra import citus, migrate
from platform_app.infra.citus_rules import TableType
from platform_app.infra.settings import settings
from tests.stack.test_command_line import run_plaza

STAND_IN = (Path(__file__).parent / "citus.sql").read_text()
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text, conname"""


@pytest.fixture
def bare(stack: SimpleNamespace, environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A migrated database without Citus."""
    server = stack.database.replace("+psycopg", "")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE spread")
        monkeypatch.setenv("PLAZA_DATABASE_URL", stack.database.rpartition("/")[0] + "/spread")
        settings.cache_clear()
        try:
            migrate.upgrade_to_head()
            with psycopg.connect(server.rpartition("/")[0] + "/spread", autocommit=True) as connection:
                yield connection
        finally:
            monkeypatch.undo()
            settings.cache_clear()
            admin.execute("DROP DATABASE spread WITH (FORCE)")


@pytest.fixture
def cluster(bare: psycopg.Connection) -> psycopg.Connection:
    """The same with the stand-in and two workers."""
    bare.execute(STAND_IN)
    for setting in ("search_path = public, citus", "citus.shard_replication_factor = '1'"):
        bare.execute(f"ALTER DATABASE spread SET {setting}".encode())
    # An extension cannot be installed without its files, but its row in pg_extension is enough here.
    bare.execute("SET allow_system_table_mods = on")
    bare.execute(
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) "
        "SELECT 16000, 'citus', oid, 'citus'::regnamespace, false, '13.2-1' FROM pg_roles WHERE rolname = current_user"
    )
    bare.execute("INSERT INTO citus.worker VALUES ('one', 5432), ('two', 5432)")
    for each in table_distributions():
        if each.kind is TableType.LOCAL:
            bare.execute(
                f"CREATE TRIGGER one_phase BEFORE INSERT OR UPDATE OR DELETE ON {each.table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION citus.refuse_one_phase()".encode()
            )
    return bare


def calls(cluster: psycopg.Connection, kind: str = "") -> list[str]:
    found = cluster.execute("SELECT entry FROM citus.call ORDER BY number").fetchall()
    return [str(call) for (call,) in found if call.startswith(kind)]


def keys(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(KEYS).fetchall()


def run() -> list[str]:
    reported: list[str] = []
    assert citus.distribute(table_distributions(), report=reported.append) == len(reported)
    return reported


def test_without_citus_nothing_changes(bare: psycopg.Connection) -> None:
    before = keys(bare)
    with pytest.raises(citus.NotDistributed, match=r"CREATE EXTENSION citus.*Nothing was changed"):
        run()
    assert keys(bare) == before
    refused = run_plaza("db", "distribute")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("This database has no Citus.")


def test_a_dry_run_prints_every_statement_and_changes_nothing(bare: psycopg.Connection) -> None:
    before = keys(bare)
    shown = run_plaza("db", "distribute", "--dry-run")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[-1] == f"-- {len(lines) - 1} statements; none was run."
    assert "SELECT create_reference_table('shop');" in lines
    assert any(
        line.startswith("SELECT create_distributed_table('variant', 'shop_id', colocate_with => ") for line in lines
    )
    assert "SELECT create_distributed_function('search_price_step(bigint)');" in lines
    assert lines.index("ALTER TABLE variant DROP CONSTRAINT variant_shop_id_listing_id_fkey;") < lines.index(
        "SELECT create_reference_table('shop');"
    )
    assert keys(bare) == before


def test_every_table_is_distributed_as_declared_and_foreign_keys_return(cluster: psycopg.Connection) -> None:
    before = keys(cluster)
    run()
    assert keys(cluster) == before
    kinds = {each.table: each for each in table_distributions()}
    assert {call.split()[1] for call in calls(cluster, "reference")} == {
        name for name, each in kinds.items() if each.kind is TableType.REFERENCE
    }
    spread = [call.split() for call in calls(cluster, "distributed")]
    assert {(table, column) for _, table, _, column, _, _ in spread} == {
        (name, each.column) for name, each in kinds.items() if each.kind is TableType.DISTRIBUTED
    }
    # One colocation group for shops' tables and one for users'; the first table leads each.
    leaders = {column: table for _, table, _, column, _, beside in spread if beside == "none"}
    assert set(leaders) == {"shop_id", "user_id"}
    assert all(beside in ("none", leaders[column]) for _, _, _, column, _, beside in spread)
    order = calls(cluster)
    assert order.index(calls(cluster, "reference")[-1]) < order.index(calls(cluster, "distributed")[0])
    assert set(calls(cluster, "function")) == {
        "function search_analysis(jsonb)",
        "function search_price_step(bigint)",
        "function search_price_steps(bigint,bigint)",
        "function search_query(text[])",
    }


def test_a_commit_to_shards_and_to_a_local_table_has_two_phases(cluster: psycopg.Connection) -> None:
    insert = "INSERT INTO outbox (id, queue, job, arguments) VALUES (gen_random_uuid(), 'search', 'job', '{}')"
    cluster.execute("INSERT INTO citus.placed VALUES ('listing', 'distributed', 'shop_id', 7)")
    with pytest.raises(psycopg.errors.RaiseException, match="outbox is unknown to Citus"):
        cluster.execute(insert)
    cluster.execute("TRUNCATE citus.placed")
    run()
    cluster.execute(insert)
    assert set(calls(cluster, "local ")) == {
        f"local {each.table}" for each in table_distributions() if each.kind is TableType.LOCAL
    }
    assert "local outbox" in calls(cluster, "local ")


def test_a_reference_table_may_be_changed_after_a_read_of_all_shards(cluster: psycopg.Connection) -> None:
    reported = run()
    assert reported.count("ALTER DATABASE spread SET citus.multi_shard_modify_mode = 'sequential'") == 1
    with psycopg.connect(settings().database_url.get_secret_value().replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW citus.multi_shard_modify_mode").fetchone() == ("sequential",)


def test_a_worker_without_the_extensions_and_dictionaries_is_refused(cluster: psycopg.Connection) -> None:
    before = keys(cluster)
    cluster.execute(
        "INSERT INTO citus.lacking VALUES ('two', 'extension unaccent'), ('two', 'text search configuration plaza_german')"
    )
    with pytest.raises(
        citus.NotDistributed,
        match=r"two:5432 lacks extension unaccent, text search configuration plaza_german.*Nothing was changed",
    ):
        run()
    assert (keys(cluster), calls(cluster)) == (before, [])
    cluster.execute("TRUNCATE citus.lacking")
    assert run() != []


def test_a_second_run_has_nothing_to_do(cluster: psycopg.Connection) -> None:
    run()
    before = calls(cluster)
    assert (run(), calls(cluster)) == ([], before)
    assert run_plaza("db", "distribute").stdout == "All tables were distributed already.\n"


def test_an_interrupted_run_is_resumed(cluster: psycopg.Connection) -> None:
    before = keys(cluster)
    cluster.execute("INSERT INTO citus.failing VALUES ('variant')")
    with pytest.raises(citus.NotDistributed, match=r"refused: the worker of variant is away\..*run the command again"):
        run()
    done = calls(cluster)
    assert keys(cluster) != before
    assert "distributed listing" in " ".join(done)
    cluster.execute("DELETE FROM citus.failing")
    reported = run()
    assert keys(cluster) == before
    assert not any("'listing'," in step or "DROP" in step for step in reported)
    assert calls(cluster)[: len(done)] == done
    assert len(calls(cluster)) == len(set(calls(cluster)))


def test_rows_are_removed_from_their_old_location_after_the_copy(cluster: psycopg.Connection) -> None:
    cluster.execute(
        "INSERT INTO category (id, slug, name, position, icon) VALUES (gen_random_uuid(), 'home', 'Home', 1, 'house')"
    )
    run()
    assert calls(cluster, "truncate") == ["truncate category"]


def test_a_table_that_is_distributed_otherwise_is_not_moved(cluster: psycopg.Connection) -> None:
    for placed, sentence in {
        "('favourite', 'distributed', 'listing_id', 7)": "favourite is distributed in the cluster",
        "('shop', 'distributed', 'id', 7)": "shop is distributed in the cluster but declared reference",
        "('listing', 'distributed', 'shop_id', 7), ('variant', 'distributed', 'shop_id', 8)": "is not colocated with",
    }.items():
        cluster.execute("TRUNCATE citus.placed")
        cluster.execute(f"INSERT INTO citus.placed VALUES {placed}".encode())
        with pytest.raises(citus.NotDistributed, match=sentence):
            run()
    assert calls(cluster) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DELETE FROM citus.worker", "has no worker"),
        ("UPDATE pg_extension SET extversion = '11.3-2' WHERE extname = 'citus'", r"11\.3-2 is older than 12"),
        ("ALTER DATABASE spread SET citus.shard_replication_factor = '2'", "must be 1"),
    ],
)
def test_a_cluster_that_is_not_ready_is_refused(cluster: psycopg.Connection, change: str, sentence: str) -> None:
    before = keys(cluster)
    cluster.execute(change.encode())
    with pytest.raises(citus.NotDistributed, match=sentence):
        run()
    assert (keys(cluster), calls(cluster)) == (before, [])


def test_it_waits_for_a_running_migration_and_does_not_block_index_builds(cluster: psycopg.Connection) -> None:
    cluster.execute("SELECT pg_advisory_lock(%s)", [migrate.LOCK_ID])
    other = threading.Thread(target=run)
    other.start()
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory%'"
    )
    while other.is_alive() and cluster.execute(query + " AND pid <> pg_backend_pid()").fetchone() == (0,):
        time.sleep(0.05)
    cluster.execute("CREATE INDEX CONCURRENTLY built_meanwhile ON shop (id)")
    assert calls(cluster) == []
    cluster.execute("SELECT pg_advisory_unlock(%s)", [migrate.LOCK_ID])
    other.join(60)
    assert calls(cluster, "reference")
