"""The staff's page: for staff alone, without a script or the network, and with a range."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from algoitny.chat.charts import COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, chart
from tests.algoitny.chat.conftest import NOON, cents, count_all, record

PATH = "/chat/analytics/"
WEEK = f"?from={NOON:%Y-%m-%d}&to={NOON + timedelta(days=6):%Y-%m-%d}"

streamed = pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400")


@pytest.fixture
def staff(client, make_user):
    client.force_login(make_user("staff@example.org", is_staff=True))
    return client


def shown(client, query, status=200):
    response = client.get(PATH + query)
    assert response.status_code == status, response.content
    return response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [False, True])
def test_others_are_sent_to_sign_in(client, make_user, signed_in):
    if signed_in:
        client.force_login(make_user("ann@example.org"))
    response = client.get(PATH + WEEK)
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "A range of days is required, and from and to is missing"),
        ("?from=2025-01-01&to=", "and to is missing"),
        ("?from=2025-01-02&to=2025-01-01", "after its end on 2025-01-01"),
        ("?from=2020-01-01&to=2025-01-01", "at most 366 are taken"),
        ("?from=1&to=2", "it takes a day"),
        (f"{WEEK}&module=x", "it takes a whole number"),
        (f"{WEEK}&unit=year", "it takes day, week, month"),
        (f"{WEEK}&module=%3Cb%3E", "&lt;b&gt;"),
    ],
)
def test_without_a_good_range_it_is_the_form_and_says_what_is_wrong(staff, query, said):
    page = shown(staff, query, 400)
    assert said in page
    assert 'role="alert"' in page
    assert "<form" in page
    assert "<svg" not in page


@pytest.mark.django_db
@pytest.mark.usefixtures("chat_tables")
def test_of_nothing_it_says_so(staff):
    page = shown(staff, f"{WEEK}&module=7")
    assert page.count("Nothing in this range.") == 3
    assert "<svg" not in page


@streamed
@pytest.mark.django_db
@pytest.mark.usefixtures("chat_tables")
def test_it_draws_what_there_is_and_fetches_nothing(staff, assert_requests):
    for number in range(8):
        record(number, after=number * 40_000, cost=cents(number), provider=["a", "<b>"][number % 2], student_id=number)
    record(9, at=NOON - timedelta(days=9), student_id=99)
    count_all()
    cache.clear()
    page = shown(staff, f"{WEEK}&module=7&unit=week")
    assert page.count("<svg") == 3
    assert "<title>01-16, &lt;b&gt;: $0.03</title>" in page
    assert "<title>2025-01-13: 8</title>" in page
    assert "$0.28" in page
    assert "<td>99</td>" in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href|action)="(?!\?|/|data:,)[^"]*"', page) == []
    with assert_requests(0):  # from the cache
        shown(staff, f"{WEEK}&module=7&unit=week")


def test_bars_stand_on_each_other_and_within_the_drawing():
    series = [("a", [1, 0, 3]), ("b", [Decimal("0.5"), 2, 1])]
    made = chart("t", ["x", "y", "z"], series, unit="$")
    assert [bar.title for bar in made.bars] == ["x, a: $1", "x, b: $0.5", "y, b: $2", "z, a: $3", "z, b: $1"]
    assert [line.text for line in made.lines] == ["$0", "$1", "$2", "$3", "$4"]
    first, second, *_ = made.bars
    assert second.y + second.height == pytest.approx(first.y)
    assert made.bars[-1].y == made.lines[-1].at  # 3 + 1 reach the highest line
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH - RIGHT and 0 < bar.y < HEIGHT for bar in made.bars)
    assert made.legend == [(0, "a"), (1, "b")]


@pytest.mark.parametrize(
    ("most", "top"), [(0, "4"), (1, "1"), (9, "10"), (Decimal("0.003"), "0.004"), (81, "100"), (2 * 10**6, "2,000,000")]
)
def test_an_axis_ends_at_a_round_number(most, top):
    assert chart("t", ["x"], [("", [most])], unit="").lines[-1].text == top


def test_many_columns_have_few_labels_and_many_series_share_the_last_colour():
    made = chart("t", [f"{n:02d}-01" for n in range(366)], [(str(n), [1] * 366) for n in range(9)], unit="")
    assert len(made.columns) <= 8
    assert {bar.series for bar in made.bars} == set(range(COLOURS))
    assert len(chart("t", ["2025-01-01"] * 60, [("", [1] * 60)], unit="").columns) <= 6
    assert chart("t", [], [], unit="").bars == []
