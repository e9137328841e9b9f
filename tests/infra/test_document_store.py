"""The document store, in a real PostgreSQL and in a real DynamoDB server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import JsonValue, SecretStr
from sqlalchemy import Engine, create_engine, delete, func, select, text

from platform_app.infra.document_names import InvalidName
from platform_app.infra.document_store import (
    DocumentStore,
    DocumentsUnavailable,
    DocumentTooLarge,
    DynamoDocumentStore,
    Page,
    PostgresDocumentStore,
    document,
    from_settings,
    metadata,
)
from platform_app.infra.settings import Settings
from platform_app.stack import processes
from tests.infra.servers import Server, dynoxide, throttled

TABLE = "plaza-documents"
HOUR = timedelta(hours=1)
LARGEST = 350_000

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=10,
)
any_document = st.dictionaries(st.text(st.characters()), any_json)


@pytest.fixture(scope="session")
def dynamo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with dynoxide(tmp_path_factory.mktemp("dynoxide")) as server:
        dynamo_documents(server).create_table()
        yield server


@pytest.fixture(scope="session")
def documents_engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    metadata.create_all(engine, checkfirst=True)
    yield engine
    engine.dispose()


@pytest.fixture(params=["postgresql", "dynamodb"])
def documents(request: pytest.FixtureRequest) -> DocumentStore:
    if request.param == "postgresql":
        return PostgresDocumentStore(request.getfixturevalue("documents_engine"))
    return dynamo_documents(request.getfixturevalue("dynamo_server"))


@pytest.fixture
def collection() -> str:
    """A collection of this test only."""
    return f"test-{uuid4().hex}"


def dynamo_documents(server: Server, *, endpoint: str | None = None) -> DynamoDocumentStore:
    return DynamoDocumentStore(
        table=TABLE,
        endpoint=endpoint or server.endpoint,
        region=server.region,
        access_key=server.access_key,
        secret_key=server.secret_key,
    )


def all_documents(
    documents: DocumentStore, collection: str, partition: str = "p"
) -> list[tuple[str, dict[str, JsonValue]]]:
    return documents.page(collection, partition, after=None, limit=1000).items


def test_documents_come_back_in_byte_order_of_their_sort_keys(documents: DocumentStore, collection: str) -> None:
    sorts = ["b", "B", "a", "é", "e", "10", "9", "z", "日本", "😀", "\uffee", "a b", "a#b", "a/b"]
    documents.put_many(collection, "p", [(sort, {"sort": sort}) for sort in sorts])
    assert all_documents(documents, collection) == [(sort, {"sort": sort}) for sort in sorted(sorts, key=str.encode)]


def test_an_empty_partition_is_an_empty_page(documents: DocumentStore, collection: str) -> None:
    documents.put_many(collection, "p", [])
    assert documents.page(collection, "p", after=None, limit=10) == Page([], None)
    assert documents.page(collection, "p", after="anything", limit=10) == Page([], None)
    assert documents.count(collection, "p") == 0


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"": "", "empty": "", "blank": " \t\n"},
        {"null": None, "true": True, "false": False, "list": [], "object": {}},
        {"nested": [{"deep": [[[{"er": [None, 0, ""]}]]]}]},
        {
            "integers": [0, -1, 10**40, 2**63],
            "floats": [0.1, 1.0, -0.0, 5e-324, 1e-7, 1e16, 1e22, 1.7976931348623157e308],
        },
        {"text": "é 日本 😀 \u202e \x00 \x1f \x7f \u2028 \ufffe \ue000 \ue0000000 \ue000number:1 \ud800 \\u0000 1e+22"},
        {"\x00": 1, "\ue000": 2, "": 3, "é": 4, "a.b": 5, "$ref": 6, "S": {"N": "1"}},
    ],
    ids=lambda value: next(iter(value), "nothing") or "empty",
)
def test_every_json_value_is_read_back_unchanged(
    documents: DocumentStore, collection: str, value: dict[str, JsonValue]
) -> None:
    documents.put_many(collection, "p", [("one", value)])
    ((_, found),) = all_documents(documents, collection)
    assert exactly(found) == exactly(value)


@hypothesis_settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=any_document)
def test_any_document_is_read_back_unchanged(
    documents: DocumentStore, collection: str, value: dict[str, JsonValue]
) -> None:
    documents.put_many(collection, "p", [("one", value)])
    ((_, found),) = all_documents(documents, collection)
    assert exactly(found) == exactly(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_value_outside_json_is_refused(documents: DocumentStore, collection: str, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        documents.put_many(collection, "p", [("one", {"number": number})])
    assert documents.count(collection, "p") == 0


def test_putting_again_replaces_the_document(documents: DocumentStore, collection: str) -> None:
    items: list[tuple[str, dict[str, JsonValue]]] = [("one", {"version": 1}), ("two", {"version": 1})]
    documents.put_many(collection, "p", items)
    documents.put_many(collection, "p", items)
    documents.put_many(collection, "p", [("two", {"version": 2})])
    assert all_documents(documents, collection) == [("one", {"version": 1}), ("two", {"version": 2})]
    assert documents.count(collection, "p") == 2


def test_the_later_of_two_documents_with_one_sort_key_is_stored(documents: DocumentStore, collection: str) -> None:
    documents.put_many(collection, "p", [("one", {"version": 1}), ("two", {}), ("one", {"version": 2})])
    assert all_documents(documents, collection) == [("one", {"version": 2}), ("two", {})]


def test_a_partition_is_read_page_by_page(documents: DocumentStore, collection: str) -> None:
    sorts = [f"{number:02}" for number in range(7)]
    documents.put_many(collection, "p", ((sort, {}) for sort in sorts))
    first = documents.page(collection, "p", after=None, limit=3)
    second = documents.page(collection, "p", after=first.next, limit=3)
    third = documents.page(collection, "p", after=second.next, limit=3)
    assert [[sort for sort, _ in page.items] for page in (first, second, third)] == [sorts[:3], sorts[3:6], sorts[6:]]
    assert (first.next, second.next, third.next) == ("02", "05", None)
    assert documents.page(collection, "p", after=None, limit=7).next is None
    assert [sort for sort, _ in documents.page(collection, "p", after="03x", limit=2).items] == ["04", "05"]


def test_many_documents_are_stored_counted_and_removed(documents: DocumentStore, collection: str) -> None:
    size = 12_000 if isinstance(documents, PostgresDocumentStore) else 600
    documents.put_many(collection, "p", ((f"{number:05}", {"number": number}) for number in range(size)))
    assert documents.count(collection, "p") == size
    last = documents.page(collection, "p", after=f"{size - 2:05}", limit=5)
    assert last == Page([(f"{size - 1:05}", {"number": size - 1})], None)
    documents.delete_partition(collection, "p")
    assert documents.count(collection, "p") == 0


def test_documents_of_the_maximum_size_are_stored_and_read_over_several_answers(
    documents: DocumentStore, collection: str
) -> None:
    value: dict[str, JsonValue] = {"text": "x" * (LARGEST - len('{"text":""}'))}
    documents.put_many(collection, "p", ((f"{number:02}", value) for number in range(30)))
    assert documents.count(collection, "p") == 30
    assert all_documents(documents, collection) == [(f"{number:02}", value) for number in range(30)]
    documents.delete_partition(collection, "p")
    assert documents.count(collection, "p") == 0


def test_a_document_that_is_too_large_is_refused_by_name(documents: DocumentStore, collection: str) -> None:
    items: list[tuple[str, dict[str, JsonValue]]] = [("small", {}), ("large", {"é": "é" * (LARGEST // 2)})]
    size = LARGEST + len('{"é":""}'.encode())
    with pytest.raises(DocumentTooLarge, match=rf"^Document 'large' has {size} bytes; at most 350000 can be stored\.$"):
        documents.put_many(collection, "p", items)
    assert documents.count(collection, "p") == 0


def test_partitions_and_collections_are_separate(documents: DocumentStore, collection: str) -> None:
    partitions = [(collection, "p"), (collection, "p#q"), (collection, "P"), (f"{collection}2", "p")]
    for number, (name, partition) in enumerate(partitions):
        documents.put_many(name, partition, [("one", {"number": number})])
    documents.delete_partition(collection, "p")
    documents.delete_partition(collection, "p")
    assert [all_documents(documents, *each) for each in partitions] == [
        [],
        [("one", {"number": 1})],
        [("one", {"number": 2})],
        [("one", {"number": 3})],
    ]


def test_an_expired_document_is_not_returned(documents: DocumentStore, collection: str) -> None:
    now = datetime.now(UTC)
    sorts = [f"{number:02}" for number in range(6)]
    documents.put_many(collection, "p", [(sort, {}) for sort in sorts[:4]], expires_at=now - timedelta(seconds=2))
    documents.put_many(collection, "p", [(sort, {}) for sort in sorts[3:5]], expires_at=now + HOUR)
    documents.put_many(collection, "p", [(sorts[5], {})])
    assert documents.page(collection, "p", after=None, limit=2) == Page([("03", {}), ("04", {})], "04")
    assert documents.page(collection, "p", after="04", limit=2) == Page([("05", {})], None)
    assert documents.count(collection, "p") == 3


def test_putting_a_document_without_an_expiry_removes_its_expiry(documents: DocumentStore, collection: str) -> None:
    documents.put_many(collection, "p", [("one", {})], expires_at=datetime.now(UTC) - HOUR)
    documents.put_many(collection, "p", [("one", {})])
    assert documents.count(collection, "p") == 1


def test_removing_expired_documents_keeps_the_others(documents: DocumentStore, collection: str) -> None:
    now = datetime.now(UTC)
    documents.put_many(collection, "p", [("past", {})], expires_at=now - HOUR)
    documents.put_many(collection, "p", [("future", {})], expires_at=now + HOUR)
    documents.put_many(collection, "p", [("forever", {})])
    documents.remove_expired(limit=1000)
    assert all_documents(documents, collection) == [("forever", {}), ("future", {})]


def test_postgresql_deletes_expired_documents_in_batches(documents_engine: Engine, collection: str) -> None:
    store = PostgresDocumentStore(documents_engine)
    items: list[tuple[str, dict[str, JsonValue]]] = [(str(number), {}) for number in range(3)]
    store.put_many(collection, "p", items)
    with documents_engine.begin() as connection:
        connection.execute(delete(document))
        connection.execute(text("ANALYZE document"))  # planned as for no row, a subselect is run for every row
    store.put_many(collection, "p", items, expires_at=datetime.now(UTC) - HOUR)
    rows = select(func.count()).where(document.c.collection == collection)
    with documents_engine.connect() as connection:
        assert store.remove_expired(limit=2) == 2
        assert connection.execute(rows).scalar_one() == 1
        assert (store.remove_expired(limit=2), store.remove_expired(limit=2)) == (1, 0)


@pytest.mark.parametrize(
    ("name", "partition", "sort"),
    [("", "p", "s"), ("a#b", "p", "s"), ("c" * 101, "p", "s"), ("c", "", "s"), ("c", "p\x00", "s"), ("c", "p" * 1001, "s"),
     ("c", "p", ""), ("c", "p", "\ud800"), ("c", "p", "é" * 501)],
)  # fmt: skip
def test_a_name_that_a_store_cannot_hold_is_refused(
    documents: DocumentStore, name: str, partition: str, sort: str
) -> None:
    with pytest.raises(InvalidName, match=r"^A (collection|partition|sort key) has 1 to \d+ bytes of text without NUL"):
        documents.put_many(name, partition, [(sort, {})])
    with pytest.raises(InvalidName, match=r"^A (collection|partition|sort key) has 1 to \d+ bytes of text without NUL"):
        documents.page(name, partition, after=sort, limit=1)


def test_names_of_the_maximum_length_are_stored(documents: DocumentStore, collection: str) -> None:
    name, partition, sort = collection.ljust(100, "c"), "p" * 1000, "s" * 1000
    documents.put_many(name, partition, [(sort, {"kept": True})])
    assert all_documents(documents, name, partition) == [(sort, {"kept": True})]


def test_a_page_without_size_is_refused(documents: DocumentStore, collection: str) -> None:
    with pytest.raises(ValueError, match=r"^A page has at least one document, not 0\.$"):
        documents.page(collection, "p", after=None, limit=0)


def test_two_concurrent_writers_of_the_same_documents_both_finish(documents: DocumentStore, collection: str) -> None:
    sorts = [f"{number:04}" for number in range(1000)]
    writers = [
        Thread(target=documents.put_many, args=(collection, "p", [(sort, {"writer": index}) for sort in order]))
        for index, order in enumerate([sorts, sorts[::-1]] * 2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert [sort for sort, _ in all_documents(documents, collection)] == sorts


def test_writes_that_dynamodb_returns_unprocessed_are_retried(dynamo_server: Server, collection: str) -> None:
    items: list[tuple[str, dict[str, JsonValue]]] = [(str(number), {"number": number}) for number in range(6)]
    with throttled(dynamo_server) as server:
        dynamo_documents(server).put_many(collection, "p", items)
        assert all_documents(dynamo_documents(dynamo_server), collection) == items
        dynamo_documents(server).delete_partition(collection, "p")
    assert dynamo_documents(dynamo_server).count(collection, "p") == 0


@pytest.mark.parametrize("store", ["postgresql", "dynamodb"])
def test_an_unreachable_server_is_unavailable(store: str, dynamo_server: Server, collection: str) -> None:
    port = processes.free_port()
    documents, sentence = {
        "postgresql": (
            PostgresDocumentStore(create_engine(f"postgresql+psycopg://plaza:x@127.0.0.1:{port}/plaza")),
            r"^PostgreSQL does not answer or has no room left: check PLAZA_DATABASE_URL",
        ),
        "dynamodb": (
            dynamo_documents(dynamo_server, endpoint=f"http://127.0.0.1:{port}"),
            r"^DynamoDB does not answer \(EndpointConnectionError\): check PLAZA_DYNAMODB_ENDPOINT",
        ),
    }[store]
    with pytest.raises(DocumentsUnavailable, match=sentence):
        documents.put_many(collection, "p", [("one", {})])


def test_a_missing_dynamodb_table_is_named_as_the_setting_to_check(dynamo_server: Server, collection: str) -> None:
    settings = Settings(
        dynamodb_table="nobody-made-this",
        dynamodb_endpoint=dynamo_server.endpoint,
        dynamodb_access_key=SecretStr(dynamo_server.access_key),
        dynamodb_secret_key=SecretStr(dynamo_server.secret_key),
    )
    documents = from_settings(settings, create_engine("postgresql+psycopg://"))
    with pytest.raises(DocumentsUnavailable, match=r"^DynamoDB refused \(ResourceNotFoundException\): check .*_TABLE"):
        documents.count(collection, "p")


def test_without_a_dynamodb_table_documents_are_stored_in_postgresql(documents_engine: Engine, collection: str) -> None:
    documents = from_settings(Settings(), documents_engine)
    documents.put_many(collection, "p", [("one", {"kept": True})])
    assert all_documents(PostgresDocumentStore(documents_engine), collection) == [("one", {"kept": True})]


def exactly(value: JsonValue) -> str:
    """A text that differs where `==` does not: 1 and 1.0 and True, 0.0 and -0.0."""
    return json.dumps(value, sort_keys=True)
