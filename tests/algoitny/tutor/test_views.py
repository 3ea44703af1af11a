"""The tutor through its routes: own conversations only, problem documents, strict bodies, cursors, answers."""

import pytest

from algoitny.chat import log
from algoitny.hints import providers
from algoitny.history import access as history
from algoitny.tutor import sessions
from algoitny.tutor.answers import NOTHING_MORE
from algoitny.usage import access as usage
from tests.algoitny.helpers import a_plan, a_user, refused, send, sign_in
from tests.algoitny.tutor.conftest import HINTS, a_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tutor_tables")]

LIST = "/api/tutor/conversations/"


def begin(client, run, headers):
    response = send(client, "POST", LIST, {"history_id": run.id}, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def messages(client, conversation, headers, query=""):
    response = client.get(f"{LIST}{conversation['conversation_id']}/messages/{query}", headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def write(client, conversation, headers, body):
    return send(client, "POST", f"{LIST}{conversation['conversation_id']}/messages/", body, headers=headers)


def test_a_conversation_from_hints_to_an_answer_that_is_read(client):
    run, ann = a_run(), sign_in(client)
    conversation = begin(client, run, ann)
    assert begin(client, run, ann) == conversation
    assert client.get(f"{LIST}{conversation['conversation_id']}/", headers=ann).json() == conversation
    assert [each["content"] for each in messages(client, conversation, ann)["items"]] == HINTS

    response = write(client, conversation, ann, {"content": "and now?"})
    assert response.status_code == 202, response.content
    sent = response.json()
    assert (sent["message"]["role"], sent["message"]["number"]) == ("user", 3)
    done = client.get(sent["status_url"]).json()
    assert done["status"] == "COMPLETED"
    *_, answer = messages(client, conversation, ann)["items"]
    assert (answer["id"], answer["role"], answer["number"]) == (done["result"]["message_id"], "assistant", 4)
    assert answer["content"] not in HINTS
    assert usage.today(run.user_id).hint == 1

    (listed,) = client.get(LIST, headers=ann).json()["items"]
    assert (listed["unread"], listed["last_message"]) == (3, answer["content"][:200])
    read = f"{LIST}{conversation['conversation_id']}/read/"
    assert send(client, "POST", read, {"message_id": answer["id"]}, headers=ann).json()["unread"] == 0
    one = f"{LIST}{conversation['conversation_id']}/messages/{answer['id']}/"
    assert client.get(one, headers=ann).json() == answer

    recorded = log.of_conversation(conversation["conversation_id"]).items
    assert [each.role for each in recorded] == ["assistant", "assistant", "user", "assistant"]
    assert {(each.module_id, each.student_id, each.provider) for each in recorded} == {
        (run.problem_row, run.user_id, "cases")
    }


def test_each_answer_is_a_hint_that_was_not_given_and_at_last_there_are_none(client):
    run, ann = a_run(), sign_in(client, plan=a_plan(max_hints_per_day=-1, max_executions_per_day=9))
    conversation = begin(client, run, ann)
    for _ in range(12):
        assert write(client, conversation, ann, {"content": "more"}).status_code == 202
        found = messages(client, conversation, ann, "?limit=100")["items"]
        if found[-1]["content"] == NOTHING_MORE:
            break
    said = [each["content"] for each in found if each["role"] == "assistant"]
    assert said[-1] == NOTHING_MORE
    assert len(said) > 3
    assert len(set(said)) == len(said)


def test_messages_are_paged_from_either_end(client):
    run, ann = a_run(hints=[str(n) for n in range(5)]), sign_in(client)
    conversation = begin(client, run, ann)
    first = messages(client, conversation, ann, "?limit=3&order=newest")
    assert [each["content"] for each in first["items"]] == ["4", "3", "2"]
    rest = messages(client, conversation, ann, f"?limit=3&order=newest&cursor={first['next']}")
    assert ([each["content"] for each in rest["items"]], rest["next"]) == (["1", "0"], None)
    path = f"{LIST}{conversation['conversation_id']}/messages/"
    refused(client.get(f"{path}?cursor={first['next']}", headers=ann), 400, "cursor")
    refused(client.get(f"{path}?order=up", headers=ann), 400, "it takes oldest or newest")
    refused(client.get(f"{path}?page=2", headers=ann), 400, "Unknown parameter 'page'")


def test_a_conversation_is_not_there_for_others(client):
    run, ann = a_run(public=True), sign_in(client)
    conversation = begin(client, run, ann)
    (message, _) = messages(client, conversation, ann)["items"]
    path = f"{LIST}{conversation['conversation_id']}/"
    for other in (sign_in(client, "bob@example.org"), sign_in(client, "staff@example.org", staff=True)):
        for response in (
            client.get(path, headers=other),
            client.get(f"{path}messages/", headers=other),
            client.get(f"{path}messages/{message['id']}/", headers=other),
            send(client, "POST", f"{path}messages/", {"content": "x"}, headers=other),
            send(client, "POST", f"{path}read/", {"message_id": message["id"]}, headers=other),
        ):
            refused(response, 404, "You have no conversation")
        assert client.get(LIST, headers=other).json() == {"items": [], "next": None}
    for response in (client.get(LIST), client.get(path), send(client, "POST", LIST, {"history_id": run.id})):
        refused(response, 401)
    theirs = begin(client, run, sign_in(client, "bob@example.org"))
    assert theirs["conversation_id"] != conversation["conversation_id"]


def test_a_private_run_of_another_and_one_without_hints_begin_nothing(client):
    private, ann = a_run(), sign_in(client)
    refused(send(client, "POST", LIST, {"history_id": private.id}, headers=sign_in(client, "bob@example.org")), 404)
    refused(send(client, "POST", LIST, {"history_id": private.id + 9}, headers=ann), 404)
    without = history.create_run(new_run_like(private))
    body = refused(send(client, "POST", LIST, {"history_id": without.id}, headers=ann), 409, "was given no hints")
    assert f"/api/history/{without.id}/hints/generate/" in body["detail"]


def new_run_like(run):
    from algoitny.history.records import NewRun
    from algoitny.records import record_of

    return record_of(NewRun, run)


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        ({}, 400, "content"),
        ({"content": ""}, 400, "content"),
        ({"content": 3}, 400, "content"),
        ({"content": "x", "role": "assistant"}, 400, "Unknown field 'role'"),
        ({"content": "x" * 8_001}, 413, "8001 bytes"),
        (b"{", 400, "no JSON"),
    ],
)
def test_bad_messages_are_refused_and_count_for_nothing(client, body, status, part):
    run, ann = a_run(), sign_in(client)
    conversation = begin(client, run, ann)
    refused(write(client, conversation, ann, body), status, part)
    assert usage.today(run.user_id).hint == 0
    assert len(messages(client, conversation, ann)["items"]) == 2


@pytest.mark.parametrize("name", ["x", "20250115T103000123456-0123456789ab"])
def test_a_message_that_is_not_there(client, name):
    run, ann = a_run(), sign_in(client)
    path = f"{LIST}{begin(client, run, ann)['conversation_id']}/"
    refused(client.get(f"{path}messages/{name}/", headers=ann), 404, "no message")
    status = 400 if name == "x" else 404
    refused(send(client, "POST", f"{path}read/", {"message_id": name}, headers=ann), status, name)


def test_a_plan_limits_the_answers_of_a_day(client):
    run, ann = a_run(), sign_in(client, plan=a_plan(max_hints_per_day=1, max_executions_per_day=9))
    conversation = begin(client, run, ann)
    assert write(client, conversation, ann, {"content": "x"}).status_code == 202
    assert "Retry-After" in write(client, conversation, ann, {"content": "y"}).headers
    assert len(messages(client, conversation, ann)["items"]) == 4


def test_a_provider_that_fails_is_said_in_the_task(client, monkeypatch):
    class Broken:
        def hints(self, request):
            raise providers.HintsUnavailable("The endpoint answered 500.")

    run, ann = a_run(), sign_in(client)
    conversation = begin(client, run, ann)
    monkeypatch.setattr(providers, "current", Broken)
    done = client.get(write(client, conversation, ann, {"content": "x"}).json()["status_url"]).json()
    assert (done["status"], done["result"]) == ("FAILED", {"error": "The endpoint answered 500.", "use_counted": False})


def test_a_server_without_a_provider_says_so_and_counts_nothing(client, settings):
    run, ann = a_run(), sign_in(client)
    conversation = begin(client, run, ann)
    settings.ALGOITNY_HINTS = "openai"
    refused(write(client, conversation, ann, {"content": "x"}), 503, "not set up")
    assert usage.today(run.user_id).hint == 0
    assert len(messages(client, conversation, ann)["items"]) == 2


def test_the_days_conversations_are_for_staff_and_want_a_range(client):
    run, ann = a_run(), sign_in(client)
    conversation = begin(client, run, ann)
    staff = sign_in(client, "staff@example.org", staff=True)
    day = conversation["started_at"][:10]
    found = client.get(f"/api/tutor/days/?from={day}&to={day}", headers=staff).json()
    assert [each["conversation_id"] for each in found["items"]] == [conversation["conversation_id"]]
    for query, part in (
        ("", "A range of days is required, and from and to is missing"),
        (f"?from={day}", "and to is missing"),
        ("?from=2025-01-01&to=2025-02-01", "has 32 days; at most 31"),
        ("?from=2025-01-02&to=2025-01-01", "after its end"),
        ("?from=yesterday&to=2025-01-01", "it takes a day"),
    ):
        refused(client.get(f"/api/tutor/days/{query}", headers=staff), 400, part)
    refused(client.get(f"/api/tutor/days/?from={day}&to={day}", headers=ann), 403, "for staff")
    refused(client.get(f"/api/tutor/days/?from={day}&to={day}"), 401)


def test_a_profile(client):
    a_user(name="Ann")
    ann = sign_in(client)
    assert client.get("/api/tutor/profile/", headers=ann).json()["name"] == "Ann"
    assert send(client, "PUT", "/api/tutor/profile/", {"name": "Anna"}, headers=ann).json()["name"] == "Anna"
    assert client.get("/api/tutor/profile/", headers=ann).json()["name"] == "Anna"
    refused(send(client, "PUT", "/api/tutor/profile/", {"name": "x" * 151}, headers=ann), 400, "name")


def test_a_session_is_its_users_own(client):
    ann, bob = sign_in(client), sign_in(client, "bob@example.org")
    made = client.post("/api/tutor/sessions/", headers=ann)
    assert made.status_code == 201
    path = f"/api/tutor/sessions/{made.json()['session_id']}/"
    assert client.get(path, headers=ann).json() == made.json()
    refused(client.get(path, headers=bob), 404)
    refused(client.delete(path, headers=bob), 404)
    assert client.delete(path, headers=ann).status_code == 204
    refused(client.get(path, headers=ann), 404, "or it has ended")
    assert sessions.get(made.json()["session_id"]) is None
