"""People and problems made in the store that serves, and what a refusal looks like."""

import json

from algoitny import store
from algoitny.accounts import access, tokens
from algoitny.counting.catch_up import catch_up
from algoitny.counting.recount import recount
from algoitny.problems import access as problems
from algoitny.problems.records import NewProblem
from algoitny.tables import main
from dynamo_models.streams import consumer
from dynamo_models.streams.reading import Stream
from tests.algoitny.stages import rows_to_items


def sign_in(client, email="ann@example.org", *, staff=False, plan=None):
    """The header of a signed-in user, who is made where there is none: `client.get(path, headers=sign_in(client))`.

    plan: a PlanRecord.
    """
    return {"Authorization": f"Bearer {tokens.issue(a_user(email, staff=staff, plan=plan))['access']}"}


def a_user(email="ann@example.org", *, staff=False, plan=None, **values):
    user = access.user_by_email(email) or access.create_user(email=email, **values)
    if plan is not None:
        user = access.change_plan(email, plan.id)
    if staff:
        user = access.update_user(email, is_staff=True)
    return user


def mirrored():
    """All rows in DynamoDB as the mirror leaves them, and the counters that follow them; in bulk, for what is tested on
    top of it."""
    rows_to_items()
    recount(mend=True)
    _pass_by(main)


def _pass_by(table):
    """As if every handler had been told of what is in the stream."""
    stream = Stream(table)
    for shard in stream.shards():
        position = consumer._position(stream, shard, "default")
        for records, _ in stream.batches(shard, position.sequence):
            if not records:
                break
            position.sequence = str(records[-1]["dynamodb"]["SequenceNumber"])
        position.save()


def settle():
    """The counters up to now, where they follow the items at all."""
    if store.truth() == "dynamodb":
        catch_up()


def a_plan(name="Team", **values):
    return access.create_plan(name=name, **values)


def a_problem(problem_id="1000", platform="baekjoon", *, completed=True, cases=(), at=None, **values):
    """A problem with its test cases, of (input, output)."""
    new = {"title": f"Problem {problem_id}", "language": "python", **values}
    problems.register(NewProblem(platform=platform, problem_id=problem_id, **new), at=at)
    if cases:
        problems.save_test_cases(platform, problem_id, list(cases), at=at)
    if completed:
        problems.set_completed(platform, problem_id, True, at=at)
    return problems.get_problem(platform, problem_id)


def send(client, method, path, body=None, **kwargs):
    """A request with a JSON body."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.generic(method, path, data, content_type="application/json", **kwargs)


def refused(response, status, *parts):
    """A problem document of that status, whose detail holds these parts."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response.headers["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert set(body) == {"type", "title", "status", "detail"}
    assert (body["type"], body["status"]) == ("about:blank", status)
    for part in parts:
        assert part in body["detail"], (part, body["detail"])
    return body
