"""Metrics as Prometheus reads them, and who may read them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from dynamo_models import SettingsError
from dynamo_models.cutover import controls, status
from dynamo_models.operators import metrics, scrape
from dynamo_models.switch.records import ReturningKey, Switch
from tests.cutover.ladder import GROUP, PRODUCT
from tests.operators import scenes
from tests.operators.scenes import USING

TOKEN = "a token that nobody guesses"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

urlpatterns = [path("metrics/", scrape.metrics)]


@pytest.fixture
def served(shop_group, settings):
    settings.ROOT_URLCONF = __name__
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "METRICS": {"TOKEN": TOKEN}}


def asked(**headers):
    return Client().get("/metrics/", headers=headers)


def samples(text=None):
    """Samples of the shop's group by name and the labels besides."""
    if text is None:
        registry = CollectorRegistry()
        registry.register(metrics.StatusCollector())
        text = generate_latest(registry).decode()
    found = {}
    for family in parse(text):
        for each in family.samples:
            labels = dict(each.labels)
            if labels.pop("group", None) == GROUP:
                found[each.name.removeprefix("dynamo_models_"), *sorted(labels.values())] = each.value
    return found


def test_they_say_what_the_status_says(shop_group):
    scenes.ready_for("reading")
    scenes.at("reading", 50)
    scenes.read(sql=500, dynamodb=450, same=90, different=3, late=2, in_flight=7, errors_dynamodb=4)
    scenes.bury(2)
    scenes.miss(2)
    found = samples()
    (held,) = [each.as_dict() for each in status.status(USING, GROUP)]
    at = ("50", "reading")
    assert found["group_info", "reading", "sql"] == 1
    assert found["read_share_ratio",] == 0.5
    assert found["group_killed",] == 0
    assert found["dead_letters",] == held["lag"]["dead"] == 2
    assert found["waiting_changes",] == held["lag"]["waiting"] == 2
    assert found["guard_ok", "dead letters", "reading 100 %"] == 0
    assert found["guard_ok", "reading 100 %", "tables"] == 1
    assert found["backfill_rows", "completed", PRODUCT] == found["backfill_done_rows", "completed", PRODUCT] == 120
    assert found["verify_mismatches",] == 0
    assert (found["reads_total", *at, "sql"], found["reads_total", "50", "dynamodb", "reading"]) == (500, 450)
    assert found["comparisons_total", "50", "different", "reading"] == 3
    assert found["comparisons_total", "50", "late", "reading"] == 2
    assert found["read_errors_total", "50", "dynamodb", "reading"] == 4
    assert found["reads_in_flight_total", *at] == 7
    assert found["unserved_reads_total",] == held["unserved"]["count"] == 2399


def test_a_killed_group_reads_nothing_from_dynamodb(shop_group):
    scenes.at("reading", 50)
    controls.kill(GROUP, using=USING, who="ann")
    found = samples()
    assert (found["group_killed",], found["read_share_ratio",]) == (1, 0)


def test_latencies_are_a_histogram_in_seconds(shop_group):
    scenes.at("shadow")
    scenes.read(sql=200)  # from 2.1 to 6.3 ms, evenly
    found = samples()
    counts = [found["read_seconds_bucket", *sorted(("0", "shadow", "sql", str(bound)))] for bound in metrics.BOUNDS]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[metrics.BOUNDS.index(0.01)] == found["read_seconds_count", "0", "shadow", "sql"] == 200
    assert 120 <= counts[metrics.BOUNDS.index(0.005)] <= 160
    assert found["read_seconds_sum", "0", "shadow", "sql"] == pytest.approx(200 * 0.0042, rel=0.07)


def test_a_group_that_nobody_has_moved_has_no_since(shop_group):
    found = samples()
    assert found["group_info", "off", "sql"] == 1
    assert ("group_since_timestamp_seconds",) not in found
    assert found["guard_ok", "mirror", "tables"] == 1


def test_the_table_of_names_is_what_is_collected(shop_group):
    scenes.at("mirror")
    documented = dict(re.findall(r"^(\w+) +(gauge|counter|histogram)\b", metrics.__doc__, re.MULTILINE))
    described = {each.name.removeprefix("dynamo_models_"): each for each in metrics.StatusCollector().describe()}
    assert {name.removesuffix("_total"): kind for name, kind in documented.items()} == {
        name: each.type for name, each in described.items()
    }
    rows = {line[:33].strip().removesuffix("_total"): line[43:64] for line in metrics.__doc__.splitlines()}
    for name, each in described.items():
        assert ["group", *filter(None, rows[name].strip().split(", "))] == list(each._labelnames), name


def test_to_register_it_asks_no_database(shop_group):
    with CaptureQueriesContext(connection) as captured:
        CollectorRegistry(auto_describe=True).register(metrics.StatusCollector())
    assert not captured.captured_queries


def test_a_program_reads_them_by_its_token(served):
    scenes.at("mirror")
    answer = asked(authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-cache" in answer["Cache-Control"]
    assert samples(answer.content.decode())["group_info", "mirror", "sql"] == 1


def test_openmetrics_is_given_to_who_asks_for_it(served):
    answer = asked(authorization=f"bearer {TOKEN}", accept=OPENMETRICS)
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    names = {each.name for each in parse_openmetrics(answer.content.decode())}
    assert {each.name for each in metrics.StatusCollector().describe()} == names


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer ", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"]
)
def test_others_read_nothing(served, said):
    answer = asked(**({"authorization": said} if said else {}))
    assert answer.status_code == 403
    assert b"dynamo_models_" not in answer.content


@pytest.mark.parametrize("token", [None, ""])
def test_where_no_token_is_set_none_opens_it(served, settings, token):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "METRICS": {} if token is None else {"TOKEN": None}}
    assert asked(authorization="Bearer ").status_code == 403
    assert asked(authorization="Bearer None").status_code == 403


@pytest.mark.parametrize("token", ["", "short", 16 * b"x", 7])
def test_a_token_that_is_no_secret_is_an_error(served, settings, token):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "METRICS": {"TOKEN": token}}
    with pytest.raises(SettingsError, match="16 characters"):
        asked(authorization="Bearer ")


def test_staff_who_may_look_at_groups_read_them(served, sign_in):
    assert sign_in("view").get("/metrics/").status_code == 200
    assert sign_in("step_up", email="b@example.org").get("/metrics/").status_code == 403
    assert sign_in("view", email="c@example.org").post("/metrics/").status_code == 405


def test_a_switch_and_what_comes_back_are_among_them(shop_group):
    scenes.at("dynamodb")
    assert not {name for name, *_ in samples() if name.startswith("switch_")}
    began = timezone.now()
    Switch.objects.create(
        group=GROUP,
        direction="there",
        status="done",
        holder="web-1:7:x",
        held_until=began,
        who="ann",
        frozen_at=began,
        thawed_at=began + timedelta(seconds=1.5),
    )
    ReturningKey.objects.create(source=PRODUCT, row_key="1", digest="x", key="{}", at=began)
    found = samples()
    assert (found["switch_running", "there"], found["switch_pause_seconds", "there"]) == (0, 1.5)
    assert found["returning_keys",] == 1
    assert found["returning_lag_seconds",] >= 0
    assert found["read_share_ratio",] == 1
    assert found["group_info", "dynamodb", "dynamodb"] == 1


def test_algoitny_serves_them(shop_group, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "METRICS": {"TOKEN": TOKEN}}
    assert asked().status_code == 403
    assert asked(authorization=f"Bearer {TOKEN}").status_code == 200
