"""Streams as they are read: their shards, parents before children, and the records of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dynamo_models import transport
from dynamo_models.errors import EndpointError, RequestRefused
from dynamo_models.schema.table import Table
from dynamo_models.transport import failures

# The most that one request gives.
LIMIT = 1000
_TRIMMED = "TrimmedDataAccessException"
_EXPIRED = "ExpiredIteratorException"


class NoStreams(EndpointError):  # noqa: N818 - an outcome, as the library's other errors are
    """The endpoint gives no streams, or the table has none."""


class RecordsLost(EndpointError):  # noqa: N818 - an outcome, as the library's other errors are
    """Records were trimmed before they were read: a stream keeps them for 24 hours. What they told is to be rebuilt."""


@dataclass(frozen=True)
class Shard:
    """closed: nothing more is written to it."""

    id: str
    parent: str | None
    closed: bool = False


class Stream:
    """The stream of a table. NoStreams where the table has none, or the endpoint knows none."""

    def __init__(self, table: Table) -> None:
        self.table = table
        described = transport.call(table, "DescribeTable", {"TableName": table.endpoint_name})["Table"]
        arn = described.get("LatestStreamArn")
        if not arn or not described.get("StreamSpecification", {}).get("StreamEnabled"):
            raise NoStreams(
                f"Table {table.endpoint_name} has no stream. Give it one: Table(..., stream='new_and_old'), and "
                "manage.py dynamo_tables apply."
            )
        self.arn: str = arn
        self.view: str | None = described["StreamSpecification"].get("StreamViewType")
        self._client = _client(table)

    def shards(self) -> list[Shard]:
        """All shards, each behind its parent: its records are later than the parent's."""
        found: dict[str, Shard] = {}
        asked: dict[str, Any] = {"StreamArn": self.arn}
        while True:
            described = self._call("describe_stream", **asked)["StreamDescription"]
            for each in described.get("Shards", []):
                closed = bool(each.get("SequenceNumberRange", {}).get("EndingSequenceNumber"))
                found[each["ShardId"]] = Shard(each["ShardId"], each.get("ParentShardId"), closed)
            if "LastEvaluatedShardId" not in described:
                break
            asked["ExclusiveStartShardId"] = described["LastEvaluatedShardId"]
        ordered: dict[str, Shard] = {}

        def place(shard: Shard) -> None:
            if shard.parent in found and shard.parent not in ordered:
                place(found[shard.parent])
            ordered.setdefault(shard.id, shard)

        for shard in found.values():
            place(shard)
        return list(ordered.values())

    def batches(self, shard: Shard, after: str) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        """The shard's records behind a sequence number, request by request, and whether the shard ends with them.

        An open shard gives empty batches for as long as it is asked. Raises RecordsLost.
        """
        iterator = self._iterator(shard, after)
        while True:
            try:
                answer = self._call("get_records", ShardIterator=iterator, Limit=LIMIT)
            except ClientError as error:
                if error.response["Error"]["Code"] != _EXPIRED:
                    raise
                iterator = self._iterator(shard, after)  # it is good for 15 minutes
                continue
            records: list[dict[str, Any]] = answer["Records"]
            following = answer.get("NextShardIterator")
            yield records, following is None
            if following is None:
                return
            iterator = following
            if records:
                after = str(records[-1]["dynamodb"]["SequenceNumber"])

    def _iterator(self, shard: Shard, after: str) -> str:
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if after:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        found: str = self._call("get_shard_iterator", StreamArn=self.arn, ShardId=shard.id, **place)["ShardIterator"]
        return found

    def _call(self, operation: str, **kwargs: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**kwargs)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code == _EXPIRED:
                raise
            if code == _TRIMMED:
                raise RecordsLost(
                    f"The stream of {self.table.endpoint_name} does not have the records any more that come next: "
                    "nobody read them within 24 hours. Rebuild what handlers keep up, and forget the position."
                ) from error
            known = failures.translate(error, operation, self.table.endpoint_name)
            if not isinstance(known, RequestRefused):
                raise known from error
            raise NoStreams(
                f"The endpoint gives no streams ({operation}: {code or 'no answer'}). dynoxide, DynamoDB Local and AWS "
                "do."
            ) from error
        except BotoCoreError as error:
            raise failures.translate(error, operation, self.table.endpoint_name) from error
        return answer


def _client(table: Table) -> Any:
    shared = transport.connection(table.name)
    client = shared.client
    config = client.meta.config
    credentials = client._request_signer._credentials  # noqa: SLF001 - the same as the connection's, whatever chain gave them
    return shared.session.create_client(
        "dynamodbstreams",
        client.meta.region_name,
        endpoint_url=shared.host,
        aws_access_key_id=credentials.access_key if credentials else None,
        aws_secret_access_key=credentials.secret_key if credentials else None,
        aws_session_token=credentials.token if credentials else None,
        config=Config(
            connect_timeout=config.connect_timeout,
            read_timeout=config.read_timeout,
            retries={"total_max_attempts": 4, "mode": "standard"},
            parameter_validation=False,  # a local endpoint's sequence numbers are shorter than AWS's
        ),
    )
