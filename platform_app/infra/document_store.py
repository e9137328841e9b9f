"""A store for append-heavy documents without a schema: in PostgreSQL by default, or in DynamoDB."""

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

MAX_BYTES = 350_000  # DynamoDB's limit is 400 kB, including names and keys
MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 8_000_000
DYNAMO_BATCH_SIZE = 25  # the limit of BatchWriteItem
MAX_ATTEMPTS = 8  # for unprocessed writes: about ten seconds

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
# WITH, since a plan may run a subselect again for every row, and then it finds the next ones that are not locked.
REMOVE_EXPIRED = text("""
    WITH expired AS MATERIALIZED (
        SELECT collection, partition, sort FROM document WHERE expires_at <= now()
        ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    DELETE FROM document USING expired
    WHERE (document.collection, document.partition, document.sort)
        = (expired.collection, expired.partition, expired.sort)
""")


class DocumentsUnavailable(Outage):
    """The store is unavailable; the message says what to check."""


class DocumentTooLarge(ValueError):
    """The document exceeds MAX_BYTES."""


@dataclass(frozen=True)
class Page:
    """Documents in sort key order; `next` is the `after` of the next page, None at the end."""

    items: list[tuple[str, dict[str, JsonValue]]]
    next: str | None


class DocumentStore(Protocol):
    """JSON documents by (collection, partition, sort key); expired ones are never returned."""

    def put_many(
        self,
        collection: str,
        partition: str,
        items: Iterable[tuple[str, Mapping[str, JsonValue]]],
        *,
        expires_at: datetime | None = None,
    ) -> None:
        """Store documents, replacing those with the same sort keys.

        An invalid document (DocumentTooLarge, InvalidName) ends the call, and earlier ones may be stored: storing all
        of them again is always safe. `expires_at` is rounded up to whole seconds.
        """

    def page(self, collection: str, partition: str, *, after: str | None, limit: int) -> Page:
        """Up to `limit` documents after the sort key `after`, in byte order of the sort keys."""

    def count(self, collection: str, partition: str) -> int:
        """The number of documents in the partition."""

    def delete_partition(self, collection: str, partition: str) -> None:
        """Delete all documents in the partition; deleting twice changes nothing."""

    def remove_expired(self, *, limit: int) -> int:
        """Delete up to `limit` expired documents, if the store does not do so itself; return how many."""


def from_settings(settings: Settings, engine: Engine) -> DocumentStore:
    """The DynamoDB table from the settings, or the table in PostgreSQL."""
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
    """Documents in one JSONB table; every batch and every query is a short transaction of its own."""

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
            sorts = sorted(batch)  # writers lock rows in the same order, so they cannot deadlock
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
    """Documents in one table: `pk` is collection#partition, `sk` the sort key; without keys, uses the AWS defaults."""

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
        """Create the table, for tests and development."""
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
        """Send up to 25 writes; unprocessed ones are retried with exponential backoff."""
        for attempt in range(MAX_ATTEMPTS):
            with _translate_dynamo_errors():
                response = self._client.batch_write_item(RequestItems={self._table: requests})
            requests = response.get("UnprocessedItems", {}).get(self._table, [])
            if not requests:
                return
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - only spreads the load
        raise DocumentsUnavailable("DynamoDB rejects further writes: raise the table's capacity and try again.")

    def _partition_query(self, collection: str, partition: str) -> "QueryInputTypeDef":
        return {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": _partition_key(collection, partition)}},
        }

    def _unexpired_query(self, collection: str, partition: str, after: str | None) -> "QueryInputTypeDef":
        """A query that filters out expired items, since DynamoDB may take days to remove them."""
        request = self._partition_query(collection, partition)
        after_value: dict[str, AttributeValueTypeDef] = {":after": {"S": after}} if after is not None else {}
        now: dict[str, AttributeValueTypeDef] = {":now": {"N": str(int(time.time()))}}
        request["KeyConditionExpression"] = "pk = :pk AND sk > :after" if after_value else "pk = :pk"
        request["ExpressionAttributeValues"] = {**request["ExpressionAttributeValues"], **now, **after_value}
        request["FilterExpression"] = "attribute_not_exists(expires) OR expires > :now"
        return request

    def _responses(self, request: "QueryInputTypeDef") -> "Iterator[QueryOutputTypeDef]":
        """All responses to a query, since each contains at most 1 MB."""
        while True:
            with _translate_dynamo_errors():
                response = self._client.query(**request)
            yield response
            if not response.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _batches(items: Iterable[tuple[str, Mapping[str, JsonValue]]], *, rows: int) -> Iterator[dict[str, str]]:
    """Batches of JSON text by sort key; of documents with the same sort key in a batch, the last one counts."""
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
    """The time rounded up to whole seconds, which both stores support."""
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
        sentence = f"DynamoDB refused ({code}): check PLAZA_DYNAMODB_TABLE, PLAZA_DYNAMODB_REGION and the keys."
        raise DocumentsUnavailable(sentence) from error
    except BotoCoreError as error:
        sentence = f"DynamoDB does not answer ({type(error).__name__}): check PLAZA_DYNAMODB_ENDPOINT and the network."
        raise DocumentsUnavailable(sentence) from error
