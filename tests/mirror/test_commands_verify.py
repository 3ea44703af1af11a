"""``dynamo_verify`` as an operator has it: what it says, and what it exits with."""

import json
import shlex

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dynamo_models.mirror import verify
from dynamo_models.mirror.verify import settle, walks
from tests.mirror import equality
from tests.mirror.runs import drain, runs  # noqa: F401 - a fixture
from tests.mirror.shop.models import Product
from tests.mirror.test_verify import at, delete, item, put

PRODUCTS = "shop.product"


@pytest.fixture(autouse=True)
def shop_of_four(using, runs, monkeypatch):  # noqa: F811
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(settle, "LONGEST_PAUSE", 0.05)
    for number in range(4):
        Product.objects.using(using).create(sku=f"s{number:02}", name=f"Name {number}")
    drain(using)


def run(using, capsys, *arguments, code=0):
    try:
        call_command("dynamo_verify", *arguments, group="default", database=using, format="json")
        left = 0
    except CommandError as error:
        left = error.returncode
    assert left == code
    return json.loads(capsys.readouterr().out)


def test_no_mismatch_is_zero(using, capsys):
    said = run(using, capsys)
    assert (said["ok"], said["mismatches"], said["rows"], said["items"]) == (True, 0, 4, 8)
    call_command("dynamo_verify", "--sample", "4", PRODUCTS, database=using)
    assert "at most 52.713% of its rows differ" in capsys.readouterr().out


def test_a_mismatch_is_three_and_says_how_to_look_at_it_again(using, capsys):
    put({**item("s01"), "Name": {"S": "another"}})
    put({**item("s02"), **at("moved")})
    said = run(using, capsys, code=3)
    assert said["kinds"] == {"different": 1, "extra": 1}
    for each in said["found"]:
        _, name, *arguments = shlex.split(each["reproduce"])
        assert name == "dynamo_verify"
        assert arguments[-2:] == ["--database", using]
        assert run(using, capsys, *arguments[:-2], code=3)["kinds"] == {each["kind"]: 1}
    with pytest.raises(CommandError):
        call_command("dynamo_verify", "--limit-shown", "1", group="default", database=using)
    out = capsys.readouterr().out
    assert "and 1 more" in out
    assert "2 mismatches." in out


def test_repair_leaves_none_and_is_zero(using, capsys):
    delete(at("s00"))
    put({**item("s02"), **at("moved")})
    said = run(using, capsys, "--repair")
    assert said["repair"] == {"tried": 2, "repaired": 2, "left": 0}
    assert run(using, capsys)["mismatches"] == 0
    assert equality.differences(using) == []


def test_since_a_run(using, capsys):
    first = run(using, capsys)["run"]
    Product.objects.using(using).filter(sku="s01").update(stock=4)
    drain(using)
    said = run(using, capsys, "--since", str(first))
    assert (said["scope"], said["rows"], said["mismatches"]) == ("since", 1, 0)
    assert "no verification" in run(using, capsys, "--since", "999999", code=2)["error"]


def test_since_a_time(using, capsys):
    run(using, capsys)
    Product.objects.using(using).filter(sku="s01").update(stock=4)
    drain(using)
    said = run(using, capsys, "--since", timezone.now().isoformat())
    assert (said["scope"], said["rows"]) == ("since", 1)
    assert "began before" in run(using, capsys, "--since", "2020-01-01", code=4)["error"]
    with pytest.raises(CommandError, match="ISO 8601"):
        call_command("dynamo_verify", "--since", "yesterday", database=using)


def test_continuously(using, capsys, monkeypatch):
    assert "dynamo_verify" in run(using, capsys, "--continuous", code=4)["error"]
    assert "--repair" in run(using, capsys, "--continuous", "--repair", code=2)["error"]
    run(using, capsys)
    real = verify.follow

    def two_rounds(*arguments, ended, **options):
        options["every"] = 0.01
        for number, found in enumerate(real(*arguments, ended=ended, **options)):
            if number:
                ended.set()
            Product.objects.using(using).filter(sku="s01").update(stock=number + 5)
            drain(using)
            yield found

    monkeypatch.setattr(verify, "follow", two_rounds)
    with pytest.raises(CommandError) as error:
        call_command("dynamo_verify", "--continuous", group="default", database=using, format="json")
    assert error.value.returncode == 130
    rounds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["scope"], each["rows"]) for each in rounds[:2]] == [("continuous", 0), ("continuous", 1)]


def test_what_could_not_be_judged_is_not_the_same(using, capsys):
    Product.objects.using(using).filter(sku="s01").update(stock=4)
    said = run(using, capsys, code=4)
    assert (said["ok"], said["mismatches"]) == (False, 0)
    assert said["unsettled"] > 0
    drain(using)
    assert run(using, capsys)["ok"] is True


def test_keys_are_of_one_model(using, capsys):
    assert "name it" in run(using, capsys, "--keys", "1", code=2)["error"]


def test_the_self_test_is_one_where_something_is_missed(using, capsys, monkeypatch):
    for number in range(20):
        Product.objects.using(using).create(sku=f"t{number:02}", name=f"Name {number}")
    said = run(using, capsys, PRODUCTS, "--self-test")
    assert said["planted"] == said["found"]
    assert said["false"] == []
    monkeypatch.setattr(walks.Walks, "settle_extras", lambda self: None)
    said = run(using, capsys, PRODUCTS, "--self-test", code=1)
    assert any("extra item" in each for each in said["missed"])


def test_an_error_is_one(using, capsys, monkeypatch):
    from dynamo_models import EndpointError

    def away(*_args, **_kwargs):
        raise EndpointError("away")

    monkeypatch.setattr(verify, "verify", away)
    assert "away" in run(using, capsys, code=1)["error"]
