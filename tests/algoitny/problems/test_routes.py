"""The routes of problems with either store serving: lists, drafts, test cases, completion, and what each one costs."""

from datetime import timedelta

import pytest

from algoitny import store
from algoitny.accounts import access as accounts
from algoitny.problems import access
from tests.algoitny.conftest import START
from tests.algoitny.helpers import a_plan, a_problem, refused, send, sign_in

LISTS = ["", "drafts/", "registered/"]


@pytest.fixture
def headers(either, client):
    """Of everybody who may come: nobody in particular, a user, one whose plan has drafts, one who registers, staff."""
    return {
        "anonymous": {},
        "user": sign_in(client, "user@example.org"),
        "viewer": sign_in(client, "viewer@example.org", plan=a_plan("Viewers", can_view_all_problems=True)),
        "author": sign_in(client, "author@example.org", plan=a_plan("Authors", can_register_problems=True)),
        "staff": sign_in(client, "staff@example.org", staff=True),
    }


@pytest.fixture
def problems(either):
    """Completed: a, c, e in python, g in C. Drafts: b, d, f. Oldest first."""
    return [
        a_problem(
            name,
            "codeforces" if number < 2 else "baekjoon",
            completed=not number % 2,
            title=f"Title {name}",
            language="c" if name == "g" else "python",
            at=START + timedelta(minutes=number),
        )
        for number, name in enumerate("abcdefg")
    ]


def names(client, path, header, **query):
    found, cursor = "", None
    while True:
        asked = {"limit": 2, **query} | ({"cursor": cursor} if cursor else {})
        body = client.get(f"/api/problems/{path}", asked, headers=header).json()
        assert set(body) == {"items", "next", "complete"}
        assert body["complete"] is True
        found += "".join(item["problem_id"] for item in body["items"])
        cursor = body["next"]
        if cursor is None:
            return found


def test_each_list_has_its_problems_newest_first(client, headers, problems):
    for header in headers.values():
        assert names(client, "", header) == "geca"
    assert names(client, "drafts/", headers["viewer"]) == names(client, "drafts/", headers["staff"]) == "fdb"
    for who in ("author", "staff"):
        assert names(client, "registered/", headers[who]) == "gfedcba"


@pytest.mark.parametrize(
    ("path", "question", "expected"),
    [
        ("", ("anonymous", {"platform": "codeforces"}), "a"),
        ("", ("anonymous", {"language": "c"}), "g"),
        ("", ("anonymous", {"search": "TITLE E"}), "e"),
        ("drafts/", ("viewer", {"platform": "baekjoon"}), "fd"),
        ("drafts/", ("staff", {"search": "title b"}), "b"),
        ("drafts/", ("staff", {"language": "c"}), ""),
        ("registered/", ("author", {"platform": "codeforces"}), "ba"),
        ("registered/", ("author", {"language": "python", "platform": "baekjoon"}), "fedc"),
        ("registered/", ("author", {"search": "g"}), "g"),
    ],
)
@pytest.mark.usefixtures("problems")
def test_filters_narrow_each_list(client, headers, path, question, expected):
    who, query = question
    assert names(client, path, headers[who], **query) == expected


@pytest.mark.parametrize(
    ("path", "who"), [("drafts/", {"viewer", "author", "staff"}), ("registered/", {"author", "staff"})]
)
def test_lists_of_drafts_are_for_those_who_may_have_them(client, headers, path, who):
    for name, header in headers.items():
        response = client.get(f"/api/problems/{path}", headers=header)
        if name in who:
            assert response.json() == {"items": [], "next": None, "complete": True}
        else:
            refused(response, 401 if name == "anonymous" else 403)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("offset=1", "Unknown parameter 'offset'. This route takes: cursor, language, limit, platform, search."),
        ("platform=", "'platform' is empty"),
        ("limit=x", "'limit' is 'x'"),
        ("cursor=x", "not one that this server gave out"),
    ],
)
def test_each_list_says_what_is_wrong_with_a_question(client, headers, path, query, part):
    refused(client.get(f"/api/problems/{path}?{query}", headers=headers["staff"]), 400, part)


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_belongs_to_its_list(client, headers, problems, path):
    cursor = client.get(f"/api/problems/{path}?limit=1", headers=headers["staff"]).json()["next"]
    for other in LISTS:
        response = client.get(f"/api/problems/{other}", {"cursor": cursor}, headers=headers["staff"])
        if other == path:
            assert response.status_code == 200
        else:
            refused(response, 400, "other filters")


@pytest.mark.parametrize("text", ["a#b", "#", " a ", "a/b", "ü" * 900, "\x7f", "%FF"])
@pytest.mark.parametrize("name", ["platform", "language", "search"])
def test_a_filter_that_no_problem_can_have_finds_none(client, either, problems, name, text):
    response = client.get("/api/problems/", {name: text})
    assert response.status_code == 200, response.content
    assert response.json() == {"items": [], "next": None, "complete": True}


def paths(problem):
    return [f"/api/problems/{problem.id}/", f"/api/problems/{problem.platform}/{problem.problem_id}/"]


def test_a_draft_and_its_test_cases_are_there_for_those_who_may_see_it(client, headers):
    draft = a_problem(completed=False, cases=[("1 2", "3")])
    for path in paths(draft):
        for name, header in headers.items():
            for asked in (path, f"{path}testcases/"):
                response = client.get(asked, headers=header)
                if name in {"viewer", "author", "staff"}:
                    assert response.status_code == 200
                else:
                    refused(response, 404, "roblem")


def test_a_missing_draft_and_one_that_is_hidden_look_the_same(client, headers):
    hidden = a_problem("1000", completed=False)
    there, missing = paths(hidden)[1], "/api/problems/baekjoon/1001/"
    answers = [client.get(path, headers=headers["user"]) for path in (there, missing)]
    assert answers[0].content.replace(b"1000", b"1001") == answers[1].content


def test_the_reference_solution_is_for_staff_alone(client, headers):
    problem = a_problem(solution_code="print(42)", completed=False)
    for completed in (False, True):
        access.set_completed("baekjoon", "1000", completed)
        for path in paths(problem):
            for name, header in headers.items():
                response = client.get(path, headers=header)
                assert (b"print(42)" in response.content) == (name == "staff"), (name, path)


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}], ids=["no longer staff", "inactive"])
def test_an_old_token_of_staff_shows_neither_drafts_nor_solutions(client, headers, change):
    problem = a_problem(solution_code="print(42)")
    draft = a_problem("1001", completed=False)
    accounts.update_user("staff@example.org", **change)
    for path in paths(problem):
        assert b"print(42)" not in client.get(path, headers=headers["staff"]).content
    for path in paths(draft):
        refused(client.get(path, headers=headers["staff"]), 404)
    refused(client.get("/api/problems/drafts/", headers=headers["staff"]), 403)
    refused(client.get("/api/problems/registered/", headers=headers["staff"]), 403)


def test_test_cases_are_listed_in_their_order(client, either):
    problem = a_problem(cases=[("2", "4"), ("", ""), ("1\n", "1\n")])
    bodies = [client.get(f"{path}testcases/").json() for path in paths(problem)]
    assert bodies[0] == bodies[1]
    assert [(case["input"], case["output"]) for case in bodies[0]["items"]] == [("2", "4"), ("", ""), ("1\n", "1\n")]
    assert bodies[0]["next"] is None
    assert set(bodies[0]["items"][0]) == {"id", "input", "output", "created_at"}
    assert client.get(paths(a_problem("1001"))[0] + "testcases/").json() == {"items": [], "next": None}


@pytest.mark.parametrize("end", ["", "testcases/"])
@pytest.mark.parametrize("name", ["17", "9" * 40, "baekjoon/17", "baekjoon/%00", "baekjoon/a%23b", "%20/%20", "a/.."])
def test_what_is_not_there_is_a_404(client, either, name, end):
    refused(client.get(f"/api/problems/{name}/{end}"), 404)


def test_test_cases_take_no_parameters(client, either):
    refused(client.get(f"{paths(a_problem())[1]}testcases/?limit=1"), 400, "This route takes: none.")


def test_words_of_the_routes_may_be_names_of_problems(client, either):
    for platform, name in [("drafts", "testcases"), ("registered", "drafts"), ("toggle-completion", "1")]:
        a_problem(name, platform)
        assert client.get(f"/api/problems/{platform}/{name}/").json()["problem_id"] == name


PATH = "/api/problems/toggle-completion/"


def test_staff_complete_a_problem_and_make_it_a_draft_again(client, headers):
    a_problem(completed=False)
    body = {"platform": "baekjoon", "problem_id": "1000"}

    def toggle(**more):
        return send(client, "POST", PATH, {**body, **more}, headers=headers["staff"]).json()

    assert toggle() == {**body, "is_completed": True}
    assert client.get("/api/problems/baekjoon/1000/").status_code == 200
    assert toggle() == {**body, "is_completed": False}
    refused(client.get("/api/problems/baekjoon/1000/"), 404)
    assert toggle(is_completed=True) == toggle(is_completed=True) == {**body, "is_completed": True}
    assert names(client, "", {}) == "1000"


def test_completing_is_for_staff(client, headers):
    a_problem(completed=False)
    for name, header in headers.items():
        if name != "staff":
            response = send(client, "POST", PATH, {"platform": "baekjoon", "problem_id": "1000"}, headers=header)
            refused(response, 401 if name == "anonymous" else 403)
    assert not access.get_problem("baekjoon", "1000").is_completed


@pytest.mark.parametrize("more", [{}, {"is_completed": True}])
@pytest.mark.parametrize("name", ["17", "a#b", "a/b", " "])
def test_a_problem_that_is_missing_is_not_completed(client, headers, name, more):
    body = {"platform": "baekjoon", "problem_id": name, **more}
    if name == " " and not more:
        body["problem_id"] = ". "
    refused(send(client, "POST", PATH, body, headers=headers["staff"]), 404, "has no problem")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "platform: This field is required. problem_id: This field is required."),
        (b"", "platform: This field is required."),
        (b"{", "no JSON"),
        ([], "dictionary"),
        ({"platform": "a", "problem_id": 1000}, "problem_id: Not a valid string."),
        ({"platform": "", "problem_id": "1"}, "platform: "),
        ({"platform": "a" * 41, "problem_id": "1"}, "platform: "),
        ({"platform": "a", "problem_id": "\x00"}, "problem_id: "),
        ({"platform": "a", "problem_id": "1", "is_completed": "true"}, "is_completed: Must be a valid boolean."),
        ({"platform": "a", "problem_id": "1", "is_completed": None}, "is_completed: "),
        (
            {"platform": "a", "problem_id": "1", "completed": True},
            "Unknown field 'completed'. This takes: is_completed, platform, problem_id.",
        ),
    ],
)
def test_completion_is_read_strictly(client, headers, body, part):
    refused(send(client, "POST", PATH, body, headers=headers["staff"]), 400, part)


def test_requests(client, tables, db, assert_requests):
    with store.serving("dynamodb"):
        problem = a_problem(cases=[("1", "1")] * 3)
        draft = a_problem("1001", completed=False, cases=[("1", "1")])
        user = sign_in(client, "user@example.org")
        staff = sign_in(client, "staff@example.org", staff=True)

        def ask(count, path, header):
            with assert_requests(count):
                response = client.get(path, headers=header)
            assert response.status_code in {200, 404}

        by_id, by_name = paths(problem)
        draft_by_id, draft_by_name = paths(draft)
        for end in ("", "testcases/"):
            for header in ({}, user):
                ask(1, by_name + end, header)
                ask(2, by_id + end, header)
            ask(1, draft_by_name + end, {})
            ask(2, draft_by_name + end, user)  # whether their plan has drafts
            ask(2, draft_by_name + end, staff)
            ask(3, draft_by_id + end, staff)
        ask(2, by_name, staff)  # whether they are staff still
        ask(1, by_name + "testcases/", staff)
        ask(1, "/api/problems/?platform=baekjoon", {})
        ask(1, "/api/problems/?language=python", user)
        ask(1, "/api/problems/?platform=baekjoon&search=x", user)
        ask(4, "/api/problems/", {})  # one for each shard
        ask(5, "/api/problems/drafts/", staff)
        ask(9, "/api/problems/registered/", staff)
        body = {"platform": "baekjoon", "problem_id": "1001"}
        with assert_requests(4):
            send(client, "POST", PATH, body, headers=staff)
        with assert_requests(3):
            send(client, "POST", PATH, {**body, "is_completed": False}, headers=staff)
