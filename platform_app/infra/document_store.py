"""Documents without a schema that only grow: in PostgreSQL by default, or in DynamoDB."""

import math
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue
from sqlalchemy import (
    TIMESTAMP,
    Column,
    ColumnElement,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from platform_app.infra import json_codec
from platform_app.infra.document_names import check_name
from platform_app.infra.errors import Outage
from platform_app.infra.settings import Settings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        QueryOutputTypeDef,
        WriteRequestUnionTypeDef,
    )

MAX_BYTES = 350_000  # DynamoDB takes 400 kB, names and keys included
MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 8_000_000
DYNAMO_BATCH_SIZE = 25  # what one BatchWriteItem takes
MAX_ATTEMPTS = 8  # for what DynamoDB hands back unprocessed: about ten seconds

metadata = MetaData()
document = Table(
    "document",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("partition", Text, primary_key=True),
    Column("sort", Text(collation="C"), primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("expires_at", TIMESTAMP(timezone=True)),
)
Index("document_expires_at", document.c.expires_at, postgresql_where=document.c.expires_at.is_not(None))

UPSERT = text("""
    INSERT INTO document (collection, partition, sort, value, expires_at)
    SELECT :collection, :partition, item.sort, item.value::jsonb, :expires_at
    FROM unnest(CAST(:sorts AS text[]), CAST(:values AS text[])) AS item (sort, value)
    ON CONFLICT (collection, partition, sort)
    DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
""")
REMOVE_EXPIRED = text("""
    DELETE FROM document USING (
        SELECT collection, partition, sort FROM document WHERE expires_at <= now()
        ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE (document.collection, document.partition, document.sort)
        = (expired.collection, expired.partition, expired.sort)
""")


class DocumentsUnavailable(Outage):
    """The store cannot do its work now; the sentence says what to do about it."""


class DocumentTooLarge(ValueError):
    """A document is larger than every store takes."""


@dataclass(frozen=True)
class Page:
    """Documents in order of their sort keys; `next` is the `after` of the following page, None at the end."""

    items: list[tuple[str, dict[str, JsonValue]]]
    next: str | None


class DocumentStore(Protocol):
    """JSON documents by (collection, partition, sort key); an expired one is as good as removed."""

    def put_many(
        self,
        collection: str,
        partition: str,
        items: Iterable[tuple[str, Mapping[str, JsonValue]]],
        *,
        expires_at: datetime | None = None,
    ) -> None:
        """Store documents, replacing those with the same sort keys.

        A refused one (DocumentTooLarge, InvalidName) ends the call, and those before it may be stored: putting all of
        them again is always safe. `expires_at` counts in whole seconds, rounded up.
        """

    def page(self, collection: str, partition: str, *, after: str | None, limit: int) -> Page:
        """Up to `limit` documents behind `after`, in byte order of their sort keys."""

    def count(self, collection: str, partition: str) -> int:
        """How many documents the partition has."""

    def delete_partition(self, collection: str, partition: str) -> None:
        """Leave no document in the partition; deleting twice changes nothing."""

    def remove_expired(self, *, limit: int) -> int:
        """Free the space of up to `limit` expired documents where the store does not do so itself; how many."""


def from_settings(settings: Settings, engine: Engine) -> DocumentStore:
    """The DynamoDB table the settings name, or a table in PostgreSQL."""
    if settings.dynamodb_table:
        return DynamoDocumentStore(
            table=settings.dynamodb_table,
            endpoint=settings.dynamodb_endpoint,
            region=settings.dynamodb_region,
            access_key=settings.dynamodb_access_key.get_secret_value(),
            secret_key=settings.dynamodb_secret_key.get_secret_value(),
        )
    return PostgresDocumentStore(engine)


class PostgresDocumentStore:
    """One JSONB table; every batch and every question is a short transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put_many(
        self,
        collection: str,
        partition: str,
        items: Iterable[tuple[str, Mapping[str, JsonValue]]],
        *,
        expires_at: datetime | None = None,
    ) -> None:
        _check_partition(collection, partition)
        where = {"collection": collection, "partition": partition, "expires_at": _round_up_seconds(expires_at)}
        for batch in _batches(items, rows=MAX_BATCH_ROWS):
            sorts = sorted(batch)  # two writers that lock rows in one order cannot lock each other out
            with _translate_postgres_errors(), self._engine.begin() as connection:
                connection.execute(UPSERT, {**where, "sorts": sorts, "values": [batch[sort] for sort in sorts]})

    def page(self, collection: str, partition: str, *, after: str | None, limit: int) -> Page:
        _check_page(collection, partition, after, limit)
        query = (
            select(document.c.sort, cast(document.c.value, Text))
            .where(_in_partition(collection, partition), _not_expired())
            .order_by(document.c.sort)
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(document.c.sort > after)
        with _translate_postgres_errors(), self._engine.begin() as connection:
            return _to_page([(sort, value) for sort, value in connection.execute(query)], limit)

    def count(self, collection: str, partition: str) -> int:
        _check_partition(collection, partition)
        query = select(func.count()).where(_in_partition(collection, partition), _not_expired())
        with _translate_postgres_errors(), self._engine.begin() as connection:
            return connection.execute(query).scalar_one()

    def delete_partition(self, collection: str, partition: str) -> None:
        _check_partition(collection, partition)
        with _translate_postgres_errors(), self._engine.begin() as connection:
            connection.execute(delete(document).where(_in_partition(collection, partition)))

    def remove_expired(self, *, limit: int) -> int:
        with _translate_postgres_errors(), self._engine.begin() as connection:
            return connection.execute(REMOVE_EXPIRED, {"limit": limit}).rowcount


class DynamoDocumentStore:
    """One table: `pk` is collection#partition, `sk` the sort key; without keys the machine's own identity is used."""

    def __init__(self, *, table: str, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._table = table
        self._client: DynamoDBClient = boto3.client(
            "dynamodb",
            endpoint_url=endpoint or None,
            region_name=region,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            config=Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 3}),
        )

    def create_table(self) -> None:
        """Make the table where nothing else does: in tests and in development."""
        with _translate_dynamo_errors():
            self._client.create_table(
                TableName=self._table,
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                BillingMode="PAY_PER_REQUEST",
            )
            self._client.get_waiter("table_exists").wait(TableName=self._table)
            self._client.update_time_to_live(
                TableName=self._table, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True}
            )

    def put_many(
        self,
        collection: str,
        partition: str,
        items: Iterable[tuple[str, Mapping[str, JsonValue]]],
        *,
        expires_at: datetime | None = None,
    ) -> None:
        key = _partition_key(collection, partition)
        moment = _round_up_seconds(expires_at)
        expiry: dict[str, AttributeValueTypeDef] = {"expires": {"N": str(int(moment.timestamp()))}} if moment else {}
        for batch in _batches(items, rows=DYNAMO_BATCH_SIZE):
            self._write(
                [
                    {"PutRequest": {"Item": {"pk": {"S": key}, "sk": {"S": sort}, "value": {"S": value}, **expiry}}}
                    for sort, value in batch.items()
                ]
            )

    def page(self, collection: str, partition: str, *, after: str | None, limit: int) -> Page:
        _check_page(collection, partition, after, limit)
        request = self._unexpired_query(collection, partition, after)
        request["Limit"] = limit + 1
        rows: list[tuple[str, str]] = []
        for response in self._responses(request):
            rows += [(item["sk"]["S"], item["value"]["S"]) for item in response["Items"]]
            if len(rows) > limit:
                break
        return _to_page(rows, limit)

    def count(self, collection: str, partition: str) -> int:
        request = self._unexpired_query(collection, partition, None)
        request["Select"] = "COUNT"
        return sum(response["Count"] for response in self._responses(request))

    def delete_partition(self, collection: str, partition: str) -> None:
        request = self._partition_query(collection, partition)
        request["ProjectionExpression"] = "pk, sk"
        for response in self._responses(request):
            keys = response["Items"]
            for start in range(0, len(keys), DYNAMO_BATCH_SIZE):
                self._write([{"DeleteRequest": {"Key": key}} for key in keys[start : start + DYNAMO_BATCH_SIZE]])

    def remove_expired(self, *, limit: int) -> int:  # noqa: ARG002 - DynamoDB removes them itself
        return 0

    def _write(self, requests: "Sequence[WriteRequestUnionTypeDef]") -> None:
        """Up to 25 writes; those DynamoDB hands back are tried again, ever more slowly."""
        for attempt in range(MAX_ATTEMPTS):
            with _translate_dynamo_errors():
                response = self._client.batch_write_item(RequestItems={self._table: requests})
            requests = response.get("UnprocessedItems", {}).get(self._table, [])
            if not requests:
                return
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - only spreads the load
        raise DocumentsUnavailable("DynamoDB takes no more writes: raise the capacity of the table and try again.")

    def _partition_query(self, collection: str, partition: str) -> "QueryInputTypeDef":
        return {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": _partition_key(collection, partition)}},
        }

    def _unexpired_query(self, collection: str, partition: str, after: str | None) -> "QueryInputTypeDef":
        """DynamoDB removes an expired item within days, so it is left out here."""
        request = self._partition_query(collection, partition)
        after_value: dict[str, AttributeValueTypeDef] = {":after": {"S": after}} if after is not None else {}
        now: dict[str, AttributeValueTypeDef] = {":now": {"N": str(int(time.time()))}}
        request["KeyConditionExpression"] = "pk = :pk AND sk > :after" if after_value else "pk = :pk"
        request["ExpressionAttributeValues"] = {**request["ExpressionAttributeValues"], **now, **after_value}
        request["FilterExpression"] = "attribute_not_exists(expires) OR expires > :now"
        return request

    def _responses(self, request: "QueryInputTypeDef") -> "Iterator[QueryOutputTypeDef]":
        """An answer holds 1 MB at most; this asks until there is no more."""
        while True:
            with _translate_dynamo_errors():
                response = self._client.query(**request)
            yield response
            if not response.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _batches(items: Iterable[tuple[str, Mapping[str, JsonValue]]], *, rows: int) -> Iterator[dict[str, str]]:
    """JSON text by sort key, in bites a store can take; of two documents with one sort key the later counts."""
    batch: dict[str, str] = {}
    size = 0
    for sort, value in items:
        check_name("sort key", sort)
        encoded = json_codec.encode(value)
        length = len(encoded.encode())
        if length > MAX_BYTES:
            raise DocumentTooLarge(f"Document {sort!r} has {length} bytes; at most {MAX_BYTES} can be stored.")
        if len(batch) == rows or size + length > MAX_BATCH_BYTES:
            yield batch
            batch, size = {}, 0
        batch[sort] = encoded
        size += length
    if batch:
        yield batch


def _to_page(rows: list[tuple[str, str]], limit: int) -> Page:
    items = [(sort, json_codec.decode(value)) for sort, value in rows[:limit]]
    return Page(items, items[-1][0] if len(rows) > limit else None)


def _check_page(collection: str, partition: str, after: str | None, limit: int) -> None:
    _check_partition(collection, partition)
    if after is not None:
        check_name("sort key", after)
    if limit < 1:
        raise ValueError(f"A page has at least one document, not {limit}.")


def _check_partition(collection: str, partition: str) -> None:
    check_name("collection", collection)
    check_name("partition", partition)


def _partition_key(collection: str, partition: str) -> str:
    _check_partition(collection, partition)
    return f"{collection}#{partition}"


def _in_partition(collection: str, partition: str) -> ColumnElement[bool]:
    return and_(document.c.collection == collection, document.c.partition == partition)


def _not_expired() -> ColumnElement[bool]:
    return or_(document.c.expires_at.is_(None), document.c.expires_at > func.now())


def _round_up_seconds(moment: datetime | None) -> datetime | None:
    """What both stores can keep."""
    return moment and datetime.fromtimestamp(math.ceil(moment.timestamp()), UTC)


@contextmanager
def _translate_postgres_errors() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        is_unavailable = (
            isinstance(error, OperationalError | InterfaceError | PoolTimeout) or error.connection_invalidated
        )
        if not is_unavailable:
            raise
        sentence = "PostgreSQL does not answer or has no room left: check PLAZA_DATABASE_URL and its disk."
        raise DocumentsUnavailable(sentence) from error


@contextmanager
def _translate_dynamo_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        sentence = f"DynamoDB refuses ({code}): check PLAZA_DYNAMODB_TABLE, PLAZA_DYNAMODB_REGION and the keys."
        raise DocumentsUnavailable(sentence) from error
    except BotoCoreError as error:
        sentence = f"DynamoDB does not answer ({type(error).__name__}): check PLAZA_DYNAMODB_ENDPOINT and the network."
        raise DocumentsUnavailable(sentence) from error
