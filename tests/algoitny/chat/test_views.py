"""Chat analytics through its routes: for staff, with a range, by pages."""

import pytest

from algoitny import store
from tests.algoitny.chat.conftest import NOON, cents, count_all, record
from tests.algoitny.helpers import refused, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chat_tables")]

DAY = f"{NOON:%Y-%m-%d}"
RANGE = f"?from={DAY}&to={DAY}"
RANGED = (
    "modules/7/messages/",
    "modules/7/totals/",
    "students/1/messages/",
    "providers/cases/messages/",
    "providers/cases/costs/",
)


@pytest.fixture
def staff(client):
    with store.serving("sql"):
        yield sign_in(client, "staff@example.org", staff=True)


def asked(client, route, staff):
    response = client.get(f"/api/chat/{route}", headers=staff)
    assert response.status_code == 200, response.content
    return response.json()


@pytest.mark.parametrize("route", RANGED)
def test_a_range_is_required(client, staff, route):
    for query, part in (
        ("", "A range of days is required, and from and to is missing. Give from="),
        (f"?from={DAY}", "and to is missing"),
        ("?from=2025-02-01&to=2025-01-01", "after its end"),
        ("?from=2025-01-01&to=2026-12-31", "has 730 days; at most"),
        (f"{RANGE}&since=1", "Unknown parameter 'since'"),
    ):
        refused(client.get(f"/api/chat/{route}{query}", headers=staff), 400, part)


def test_the_log_is_asked_for_a_month_at_most(client, staff):
    refused(client.get("/api/chat/modules/7/messages/?from=2025-01-01&to=2025-02-01", headers=staff), 400, "at most 31")
    assert asked(client, "modules/7/totals/?from=2025-01-01&to=2025-02-01", staff)["items"] == []


@pytest.mark.parametrize("route", [*(f"{each}{RANGE}" for each in RANGED), "students/1/latest/", "students/inactive/"])
def test_they_are_for_staff(client, staff, route):
    refused(client.get(f"/api/chat/{route}"), 401)
    refused(client.get(f"/api/chat/{route}", headers=sign_in(client)), 403, "for staff")


def test_messages_are_paged_and_costs_are_exact(client, staff):
    for number in range(3):
        record(number, after=number, cost=cents(10) / 3)
    first = asked(client, f"modules/7/messages/{RANGE}&limit=2", staff)
    assert [each["message_id"] for each in first["items"]] == ["m0", "m1"]
    assert first["items"][0]["cost"] == str(cents(10) / 3)
    rest = asked(client, f"modules/7/messages/{RANGE}&limit=2&cursor={first['next']}", staff)
    assert ([each["message_id"] for each in rest["items"]], rest["next"]) == (["m2"], None)
    refused(client.get(f"/api/chat/modules/8/messages/{RANGE}&cursor={first['next']}", headers=staff), 400)
    assert len(asked(client, f"students/1/messages/{RANGE}", staff)["items"]) == 3
    assert len(asked(client, f"providers/cases/messages/{RANGE}", staff)["items"]) == 3
    assert [each["message_id"] for each in asked(client, "students/1/latest/", staff)["items"]] == ["m2", "m1", "m0"]


@pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400")
def test_totals_costs_and_silent_students(client, staff):
    for number in range(4):
        record(number, after=number, cost=cents(10), student_id=number % 2)
    count_all()
    assert asked(client, f"modules/7/totals/{RANGE}&unit=week", staff) == {
        "module_id": 7,
        "unit": "week",
        "items": [{"start": "2025-01-13", "messages": 4, "students": 2, "cost": "0.4"}],
    }
    refused(
        client.get(f"/api/chat/modules/7/totals/{RANGE}&unit=year", headers=staff), 400, "it takes day, week, month"
    )
    assert asked(client, f"providers/cases/costs/{RANGE}", staff)["items"] == [
        {"provider": "cases", "day": DAY, "messages": 4, "cost": "0.4"}
    ]
    found = asked(client, "students/inactive/?since=2025-01-16&limit=1", staff)
    assert [each["student_id"] for each in found["items"]] == [0]
    rest = asked(client, f"students/inactive/?since=2025-01-16&limit=1&cursor={found['next']}", staff)
    assert ([each["student_id"] for each in rest["items"]], rest["next"]) == ([1], None)
    assert asked(client, f"students/inactive/?since={DAY}", staff)["items"] == []
    refused(client.get("/api/chat/students/inactive/", headers=staff), 400, "Parameter 'since' is missing")
