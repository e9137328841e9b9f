"""The distribution of every table, from the models' declarations, for Citus."""

from sqlalchemy import ForeignKeyConstraint, MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint
from sqlmodel import SQLModel

from platform_app.domain.nouns import load_models
from platform_app.domain.shared.model_base import Distribution
from platform_app.infra import document_store, mail, outbox
from platform_app.infra.citus_rules import ForeignKey, TableDistribution, TableType

# Jobs, mails and documents have no owner; their tables are local to the coordinator, which every transaction uses.
LOCAL_METADATA = (outbox.metadata, mail.metadata, document_store.metadata)


def all_metadata() -> tuple[MetaData, ...]:
    """The tables that the code declares, all of them."""
    load_models()
    return (SQLModel.metadata, *LOCAL_METADATA)


def table_distributions() -> tuple[TableDistribution, ...]:
    """All tables, referenced tables before those that refer to them."""
    declared = {
        str(model.__tablename__): model.__distribution__
        for noun in load_models()
        for model in vars(noun).values()
        if isinstance(model, type) and issubclass(model, SQLModel) and hasattr(model, "__distribution__")
    }
    distributed = [_table_distribution(table, declared[table.name]) for table in SQLModel.metadata.sorted_tables]
    return (
        *distributed,
        *(
            TableDistribution(table=name, kind=TableType.LOCAL)
            for metadata in LOCAL_METADATA
            for name in sorted(metadata.tables)
        ),
    )


def _table_distribution(table: Table, distribution: Distribution) -> TableDistribution:
    keys = sorted(
        (_foreign_key(each) for each in table.constraints if isinstance(each, ForeignKeyConstraint)),
        key=lambda key: key.name,
    )
    return TableDistribution(
        table=table.name, kind=TableType(distribution.kind), column=distribution.column, keys=tuple(keys)
    )


def _foreign_key(constraint: ForeignKeyConstraint) -> ForeignKey:
    statement = str(AddConstraint(constraint).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    name = postgresql.dialect().identifier_preparer.format_constraint(constraint)  # type: ignore[no-untyped-call]
    return ForeignKey(name=str(name), target=constraint.referred_table.name, statement=statement)
