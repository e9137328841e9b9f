"""The rules of Citus for tables: one that breaks each is found."""

import pytest
from sqlalchemy import text

from platform_app.domain.sharding import table_distributions
from platform_app.infra import citus, citus_rules, db
from platform_app.infra.citus_rules import ForeignKey, TableDistribution, TableType

OWNED = "shop_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (shop_id, id)"
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text, conname"""
SHOPS, USERS, LOCAL, REFERENCE = (
    ("shop_id", TableType.DISTRIBUTED),
    ("user_id", TableType.DISTRIBUTED),
    (None, TableType.LOCAL),
    (None, TableType.REFERENCE),
)
BROKEN = {
    "a primary key without the owner": (
        "CREATE TABLE broken (shop_id uuid NOT NULL, id uuid PRIMARY KEY)",
        SHOPS,
        "the key broken_pkey of broken lacks shop_id, so it is only unique per shard",
    ),
    "a unique index without the owner": (
        f"CREATE TABLE broken ({OWNED}, code text); CREATE UNIQUE INDEX broken_code ON broken (code) INCLUDE (shop_id)",
        SHOPS,
        "the key broken_code of broken lacks shop_id, so it is only unique per shard",
    ),
    "an exclusion without the owner": (
        f"CREATE TABLE broken ({OWNED}, span int4range, CONSTRAINT apart EXCLUDE USING gist (span WITH &&))",
        SHOPS,
        "the key apart of broken lacks shop_id, so it is only unique per shard",
    ),
    "an owner that may be missing": (
        "CREATE TABLE broken (shop_id uuid, id uuid, UNIQUE (shop_id, id))",
        SHOPS,
        "broken.shop_id is nullable, but null belongs to no shard",
    ),
    "an owner that is computed": (
        "CREATE TABLE broken (id uuid, shop_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED)",
        SHOPS,
        "broken.shop_id is generated, which is not allowed for a distribution column",
    ),
    "an owner of another type": (
        "CREATE TABLE broken (shop_id text PRIMARY KEY)",
        SHOPS,
        "shop_id has several types, which cannot be colocated: text, uuid",
    ),
    "no owner": ("CREATE TABLE broken (id uuid)", SHOPS, "broken has no column shop_id"),
    "an identity column": (
        "CREATE TABLE broken (id bigint GENERATED ALWAYS AS IDENTITY)",
        REFERENCE,
        "broken.id is an identity column, which prevents moving the table later",
    ),
    "a foreign key to what somebody else owns": (
        "CREATE TABLE broken (user_id uuid NOT NULL, id uuid, CONSTRAINT far FOREIGN KEY (user_id, id) REFERENCES listing)",
        USERS,
        "the foreign key far of broken refers to listing without shop_id, so to rows on other shards",
    ),
    "a foreign key past the owner": (
        f"CREATE TABLE broken ({OWNED}, of uuid, CONSTRAINT far FOREIGN KEY (of, id) REFERENCES listing)",
        SHOPS,
        "the foreign key far of broken refers to listing without shop_id, so to rows on other shards",
    ),
    "a foreign key with the owner in another's place": (
        f"CREATE TABLE broken ({OWNED}, CONSTRAINT far FOREIGN KEY (id, shop_id) REFERENCES listing)",
        SHOPS,
        "the foreign key far of broken refers to listing without shop_id, so to rows on other shards",
    ),
    "a foreign key from everywhere to one shard": (
        "CREATE TABLE broken (shop uuid, id uuid, CONSTRAINT far FOREIGN KEY (shop, id) REFERENCES listing)",
        REFERENCE,
        "the foreign key far of broken refers from a reference table to listing, which is distributed",
    ),
    "a foreign key from one node to a shard": (
        "CREATE TABLE broken (shop uuid, id uuid, CONSTRAINT far FOREIGN KEY (shop, id) REFERENCES listing)",
        LOCAL,
        "the foreign key far of broken refers from a local table to listing, which is distributed",
    ),
    "a foreign key from a shard to one node": (
        f"CREATE TABLE broken ({OWNED}, job uuid, CONSTRAINT far FOREIGN KEY (job) REFERENCES outbox)",
        SHOPS,
        "the foreign key far of broken refers to outbox, which is local to one node",
    ),
    "a foreign key that takes rows from every node": (
        "CREATE TABLE broken (job uuid, CONSTRAINT far FOREIGN KEY (job) REFERENCES outbox ON DELETE CASCADE)",
        REFERENCE,
        "the foreign key far of broken would change rows on every node because of outbox, which is local to one",
    ),
    "a foreign key that empties the owner": (
        f"CREATE TABLE broken ({OWNED}, CONSTRAINT far FOREIGN KEY (shop_id) REFERENCES shop ON DELETE SET NULL)",
        SHOPS,
        "the foreign key far of broken would clear shop_id, which determines a row's shard",
    ),
    "a foreign key that changes the owner": (
        f"CREATE TABLE broken ({OWNED}, CONSTRAINT far FOREIGN KEY (shop_id) REFERENCES shop ON UPDATE CASCADE)",
        SHOPS,
        "the foreign key far of broken would change shop_id, which determines a row's shard",
    ),
    "a trigger": (
        f"CREATE TABLE broken ({OWNED}); CREATE TRIGGER late BEFORE UPDATE ON broken FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        SHOPS,
        "broken has the trigger late, which Citus does not support",
    ),
    "a rule": (
        f"CREATE TABLE broken ({OWNED}); CREATE RULE never AS ON DELETE TO broken DO INSTEAD NOTHING",
        SHOPS,
        "broken has the rule never, which Citus does not support",
    ),
    "a table nobody declares": ("CREATE TABLE other (id uuid)", None, "other is not declared by any model"),
    "a foreign key nobody declares": (
        "ALTER TABLE address ADD CONSTRAINT other FOREIGN KEY (user_id) REFERENCES user_account",
        None,
        "the foreign key other of address is not declared by any model",
    ),
    "a table that is not there": (
        "DROP TABLE search_miss",
        None,
        "search_miss is declared but not in the database",
    ),
}
ALLOWED = {
    "a foreign key to what is everywhere": (
        f"CREATE TABLE broken ({OWNED}, by uuid, CONSTRAINT far FOREIGN KEY (by) REFERENCES user_account ON DELETE SET NULL)",
        SHOPS,
    ),
    "a foreign key within what one owns": (
        f"CREATE TABLE broken ({OWNED}, CONSTRAINT far FOREIGN KEY (shop_id, id) REFERENCES listing ON DELETE CASCADE)",
        SHOPS,
    ),
    "a trigger on what stays": (
        "CREATE TABLE broken (id uuid); CREATE TRIGGER late BEFORE UPDATE ON broken FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        LOCAL,
    ),
}


def with_broken_table(distribution: tuple[str | None, TableType] | None) -> tuple[TableDistribution, ...]:
    if distribution is None:
        return table_distributions()
    column, kind = distribution
    return (*table_distributions(), TableDistribution("broken", kind, column, (ForeignKey("far", "", ""),)))


def test_the_schema_can_be_sharded_and_has_the_foreign_keys_of_the_models(session: db.WriteSession) -> None:
    assert citus_rules.violations(session.connection(), table_distributions()) == []
    there = session.execute(text(KEYS)).all()
    assert sorted(key.name for each in table_distributions() for key in each.keys) == sorted(
        row.conname for row in there
    )
    assert len(there) > 20


@pytest.mark.parametrize(("sql", "distribution", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_found(
    session: db.WriteSession, sql: str, distribution: tuple[str | None, TableType] | None, sentence: str
) -> None:
    for statement in sql.split("; "):
        session.execute(text(statement))
    assert citus_rules.violations(session.connection(), with_broken_table(distribution)) == [sentence]
    with pytest.raises(citus.NotDistributed, match="cannot be distributed"):
        citus.plan(session.connection(), with_broken_table(distribution))


@pytest.mark.parametrize(("sql", "distribution"), ALLOWED.values(), ids=ALLOWED)
def test_an_allowed_schema_is_accepted(
    session: db.WriteSession, sql: str, distribution: tuple[str | None, TableType]
) -> None:
    for statement in sql.split("; "):
        session.execute(text(statement))
    assert citus_rules.violations(session.connection(), with_broken_table(distribution)) == []
