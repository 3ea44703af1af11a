"""Answers of DynamoDB without DynamoDB: botocore's pipeline up to the wire, and one HTTP response after another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from botocore.awsrequest import AWSResponse


class _Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **options: Any) -> Any:
        yield self.body


class Answers:
    """Gives a client's requests these answers in turn: (status, body) or an exception. ``sent`` has the requests."""

    def __init__(self, client: Any, answers: Sequence[tuple[int, dict[str, Any]] | Exception]) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        client.meta.events.register("before-send.dynamodb.*", self.answer)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().split(".")[1]
        self.sent.append((operation, json.loads(request.body)))
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        status, body = found
        return AWSResponse(request.url, status, {"x-amzn-requestid": "R1"}, _Raw(json.dumps(body).encode()))


def refusal(code: str, message: str = "no", status: int = 400, **more: Any) -> tuple[int, dict[str, Any]]:
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **more}
