"""The application's own pages, asked of both stores through its views, and compared byte by byte."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from django.test import Client

from algoitny import store
from algoitny.problems.models import Problem
from dynamo_models import Usage, capture

Progress = Callable[[int, int], None]

# Searched for in titles; the first is in many, the last in none.
SEARCHES = ("is", "Sum", "no such title")


@dataclass(kw_only=True)
class Pages:
    """What came of reading pages from both stores; a page that is not answered counts as different.

    Times are seconds of one request each; usage is DynamoDB's.
    """

    lists: int = 0
    problems: int = 0
    different: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {each: [] for each in store.STORES})
    usage: Usage = field(default_factory=Usage)

    def median_ms(self, which: str) -> float:
        times = sorted(self.seconds[which])
        return round(1000 * times[len(times) // 2], 2) if times else 0.0


def compare_pages(progress: Progress) -> Pages:
    """Every page of every list, and every problem by name and by id, from both stores."""
    result = Pages()
    client = Client(SERVER_NAME="localhost", raise_request_exception=True)
    problems = list(Problem.objects.live().values_list("id", "platform", "problem_id"))
    paths = [
        path
        for row_id, platform, problem_id in problems
        for path in (f"/api/problems/{row_id}/", f"/api/problems/{platform}/{problem_id}/")
    ]
    for path in _list_paths():
        result.lists += _walk(client, path, result)
    for done, path in enumerate(paths, 1):
        _ask_both(client, path, result)
        progress(done, len(paths))
    result.problems = len(problems)
    return result


def _list_paths() -> Iterator[str]:
    platforms = Problem.objects.live().order_by().values_list("platform", flat=True).distinct()
    languages = Problem.objects.live().order_by().values_list("language", flat=True).distinct()
    filters: list[dict[str, str]] = [{}]
    filters += [{"platform": platform} for platform in platforms]
    filters += [{"language": language} for language in languages]
    filters += [{"platform": platform, "language": language} for platform in platforms for language in languages]
    filters += [{"search": text} for text in SEARCHES]
    for each in [{"scope": "public"}, *({"platform": platform} for platform in platforms)]:
        yield f"/api/history/?{urlencode({**each, 'scope': 'public', 'limit': 100})}"
    for each in filters:
        yield f"/api/problems/?{urlencode(each)}" if each else "/api/problems/"


def _walk(client: Client, path: str, result: Pages) -> int:
    """Follow a list from page to page; how many pages it has."""
    pages = 0
    asked: str | None = path
    while asked is not None:
        pages += 1
        body = _ask_both(client, asked, result)
        after = body.get("next") if isinstance(body, dict) else None
        mark = "&" if "?" in path else "?"
        asked = f"{path}{mark}{urlencode({'cursor': after})}" if after else None
    return pages


def _ask_both(client: Client, path: str, result: Pages) -> object:
    answers = {}
    for which in store.STORES:
        with store.serving(which), capture() as usage:
            started = time.perf_counter()
            answers[which] = client.get(path)
            result.seconds[which].append(time.perf_counter() - started)
        for request in usage.requests:
            result.usage.add(request)
    sql, dynamodb = answers["sql"], answers["dynamodb"]
    statuses = f"SQL {sql.status_code}, DynamoDB {dynamodb.status_code}"
    if {sql.status_code, dynamodb.status_code} != {HTTPStatus.OK}:
        result.different.append(f"{path}: not answered ({statuses})")
        return {}
    if sql.content != dynamodb.content:
        result.different.append(f"{path}: the answers differ ({statuses})")
    return sql.json()
