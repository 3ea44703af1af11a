"""The routes of problems: who sees what, and what is said when something is wrong."""

import pytest

from tests.algoitny.helpers import refused


def test_anonymous_callers_see_completed_live_problems_newest_first(client, make_problem):
    make_problem(problem_id="old")
    make_problem(problem_id="draft", is_completed=False)
    make_problem(problem_id="deleted", is_deleted=True)
    make_problem(problem_id="new", tags=["math"])
    response = client.get("/api/problems/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["next"] is None
    assert [item["problem_id"] for item in body["items"]] == ["new", "old"]
    assert body["items"][0]["tags"] == ["math"]
    assert body["items"][0]["created_at"] == "2025-01-15T10:33:00Z"
    assert "solution_code" not in body["items"][0]


def test_filters_narrow_the_list_and_combine(client, make_problem):
    make_problem(problem_id="a", platform="codeforces", language="c++", title="Two Sums")
    make_problem(problem_id="b", platform="codeforces", title="Two sums again")
    make_problem(problem_id="c", title="Three")

    def names(**query):
        return [item["problem_id"] for item in client.get("/api/problems/", query).json()["items"]]

    assert names(platform="codeforces") == ["b", "a"]
    assert names(language="python") == ["c", "b"]
    assert names(search="two SUM") == ["b", "a"]
    assert names(platform="codeforces", language="c++", search="sums") == ["a"]
    assert names(platform="codeforce") == []
    assert names(search="%") == []


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_following_next_walks_each_problem_once(client, make_problem, limit):
    made = [make_problem().problem_id for _ in range(7)]
    found, cursor = [], None
    while True:
        body = client.get("/api/problems/", {"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        found += [item["problem_id"] for item in body["items"]]
        cursor = body["next"]
        if not cursor:
            break
    assert found == made[::-1]


def test_a_page_has_twenty_problems_unless_asked_otherwise(client, make_problem):
    for _ in range(21):
        make_problem()
    body = client.get("/api/problems/").json()
    assert len(body["items"]) == 20
    assert body["next"]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("plattform=x", "Unknown parameter 'plattform'. This route takes: cursor, language, limit, platform, search."),
        ("offset=20", "Unknown parameter 'offset'"),
        ("platform=", "Parameter 'platform' is empty"),
        ("platform=a&platform=b", "given 2 times"),
        ("search=%00", "NUL"),
        ("search=" + "x" * 1001, "1001 characters"),
        ("limit=0", "from 1 to 100"),
        ("limit=101", "from 1 to 100"),
        ("limit=-1", "from 1 to 100"),
        ("limit=ten", "'ten'"),
        ("limit=%D9%A1", "from 1 to 100"),
        ("limit=" + "9" * 900, "from 1 to 100"),
        ("cursor=abc", "not one that this server gave out"),
        ("cursor=abc:def", "not one that this server gave out"),
        ("cursor=%FF%FE", "not one that this server gave out"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_the_reason(client, db, query, part):
    refused(client.get(f"/api/problems/?{query}"), 400, part)


def test_a_cursor_of_other_filters_is_refused(client, make_problem):
    make_problem()
    make_problem()
    cursor = client.get("/api/problems/", {"limit": 1}).json()["next"]
    refused(client.get("/api/problems/", {"cursor": cursor, "language": "python"}), 400, "other filters")


def test_a_problem_has_one_page_under_its_id_and_its_name(client, make_problem):
    problem = make_problem(solution_code="secret", metadata={"level": 3})
    problem.test_cases.create(input="1 2", output="3")
    problem.test_cases.create(input="", output="")
    by_id = client.get(f"/api/problems/{problem.pk}/")
    assert by_id.status_code == 200
    assert by_id.json() == client.get("/api/problems/baekjoon/1000/").json()
    assert [(case["input"], case["output"]) for case in by_id.json()["test_cases"]] == [("1 2", "3"), ("", "")]
    assert by_id.json()["metadata"] == {"level": 3}
    assert "solution_code" not in by_id.json()


def test_names_with_unusual_characters_are_reached(client, make_problem):
    make_problem(platform="온라인 저지", problem_id="A+B % 100?")
    response = client.get("/api/problems/온라인 저지/A+B %25 100%3F/")
    assert response.json()["problem_id"] == "A+B % 100?"


@pytest.mark.parametrize(
    "path", ["17/", "99999999999999999999999/", "baekjoon/17/", "baekjoon/%00/", "baekjoon/a%23b/"]
)
def test_a_problem_that_is_missing_is_a_404_that_names_it(client, db, path):
    refused(client.get(f"/api/problems/{path}"), 404, "roblem", path.split("/")[0])


def test_drafts_are_for_staff_and_deleted_problems_for_nobody(client, admin_client, make_problem):
    draft, deleted = make_problem(is_completed=False, solution_code="secret"), make_problem(is_deleted=True)
    for path in (f"{draft.pk}/", f"baekjoon/{draft.problem_id}/"):
        refused(client.get(f"/api/problems/{path}"), 404)
        assert admin_client.get(f"/api/problems/{path}").json()["solution_code"] == "secret"
    refused(admin_client.get(f"/api/problems/{deleted.pk}/"), 404)


def test_a_detail_takes_no_parameters(client, make_problem):
    refused(
        client.get(f"/api/problems/{make_problem().pk}/?format=xml"),
        400,
        "Unknown parameter 'format'. This route takes: none.",
    )


@pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/problems/a/b/c/d/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_route_is_a_404_in_the_same_form(client, db, path, method):
    refused(getattr(client, method)(path), 404, f"There is no route {path}.")


def test_a_route_without_its_last_slash_is_redirected(client, db):
    assert client.get("/api/problems").headers["Location"] == "/api/problems/"


def test_other_methods_and_media_types_are_refused_in_the_same_form(client, db):
    assert refused(client.post("/api/problems/"), 405, "POST")["title"] == "Method Not Allowed"
    refused(client.get("/api/problems/", headers={"accept": "text/html"}), 406)


def test_a_failure_of_the_server_is_in_the_same_form_and_tells_no_secret(client, db, monkeypatch):
    def fail(**_):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("algoitny.problems.access.list_problems", fail)
    client.raise_request_exception = False
    assert "hunter2" not in refused(client.get("/api/problems/"), 500)["detail"]
