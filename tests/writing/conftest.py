"""What the tests of writes share: tables, a look at them that the library has no part in, a transport that fails."""

from __future__ import annotations

from collections import deque

import pytest
from botocore.exceptions import ClientError

from dynamo_models import transport
from tests.writing import entities


@pytest.fixture
def tables(make_tables):
    make_tables(entities.main, entities.plain)


class Raw:
    """The table through botocore alone."""

    def __init__(self, table):
        self.table = table

    @property
    def client(self):
        return transport.client(self.table.name)

    def scan(self):
        """Every item, by its (partition key, sort key)."""
        found, start = {}, {}
        while True:
            answer = self.client.scan(TableName=self.table.endpoint_name, ConsistentRead=True, **start)
            for item in answer["Items"]:
                found[item["PK"]["S"], item["SK"]["S"]] = item
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def get(self, pk, sk):
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        return self.client.get_item(TableName=self.table.endpoint_name, Key=key, ConsistentRead=True).get("Item")

    def put(self, item):
        self.client.put_item(TableName=self.table.endpoint_name, Item=item)

    def set(self, pk, sk, **values):
        """Set attributes by their stored names, as another writer would."""
        names = {f"#{n}": name for n, name in enumerate(values)}
        self.client.update_item(
            TableName=self.table.endpoint_name,
            Key={"PK": {"S": pk}, "SK": {"S": sk}},
            UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(len(values))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={f":{n}": value for n, value in enumerate(values.values())},
        )

    def remove(self, pk, sk):
        self.client.delete_item(TableName=self.table.endpoint_name, Key={"PK": {"S": pk}, "SK": {"S": sk}})


@pytest.fixture
def raw(tables):
    return Raw(entities.main)


@pytest.fixture
def slept(monkeypatch):
    """The seconds that the code would have slept; it does not."""
    seconds = []
    monkeypatch.setattr("dynamo_models.writing.run.time.sleep", seconds.append)
    return seconds


def error(code, message="made up", **fields):
    """What botocore raises for this answer of DynamoDB's."""
    return ClientError({"Error": {"Code": code, "Message": message}, **fields}, "Operation")


class Stub:
    """Answers in place of the endpoint, as botocore does: an error is raised, anything else returned, None is asked of
    the endpoint itself. ``sent`` has the requests."""

    def __init__(self, client, monkeypatch):
        self.answers = deque()
        self.sent = []
        self.always = None
        self._real = client._make_api_call
        monkeypatch.setattr(client, "_make_api_call", self._call)

    def _call(self, operation, kwargs):
        self.sent.append((operation, kwargs))
        answer = self.answers.popleft() if self.answers else self.always
        if callable(answer):
            answer = answer(operation, kwargs)
        if isinstance(answer, Exception):
            raise answer
        return self._real(operation, kwargs) if answer is None else answer


@pytest.fixture
def stub(tables, monkeypatch):
    stubbed = Stub(transport.client(entities.main.name), monkeypatch)
    yield stubbed
    stubbed.answers.clear()
    stubbed.always = None
