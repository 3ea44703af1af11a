"""Rules of a flag: what is evaluated, and what is refused when it is written, with its place."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoitny.experiments import deciding, rules
from algoitny.experiments.errors import AlreadyThereError, ExperimentsError, NotThereError, RulesRefusedError

USERS = [f"user-{n}" for n in range(10_000)]


def caught(rule, attributes=None, users=("ann",)):
    made = {"default": "no", "rules": [{"value": "yes", **rule}]}
    rules.check(made)
    return sum(rules.evaluate(made, "flag", user, attributes or {}).value == "yes" for user in users)


@pytest.mark.parametrize(
    ("operator", "value", "holds", "holds_not"),
    [
        ("equals", "Team", ["Team"], ["team", 1, None, True]),
        ("equals", 1, [1, 1.0], [True, "1", 2]),
        ("equals", True, [True], [1, "true", False]),
        ("not_equals", "Team", ["Free"], ["Team", 3, None]),
        ("in", ["a", 2], ["a", 2], ["b", "2", None]),
        ("not_in", ["a", 2], ["b", 3, True], ["a", 2, None]),
        ("greater_than", 10, [11, 10.5], [10, 9, "11", True, None]),
        ("at_least", 10, [10, 11], [9, "10"]),
        ("less_than", "m", ["a"], ["z", 1]),
        ("at_most", 10, [10, 9], [11]),
        ("starts_with", "al", ["algo"], ["gal", 1, None]),
        ("contains", "x", ["axb", ["x", "y"]], ["ab", ["xy"], 1]),
        ("exists", True, [0, "", False], [None]),
        ("exists", False, [None], [0, "x"]),
    ],
)
def test_each_operator_holds_of_what_it_says(operator, value, holds, holds_not):
    rule = {"when": [{"attribute": "it", "operator": operator, "value": value}]}
    for given_ in holds:
        assert caught(rule, {"it": given_}) == 1, given_
    for given_ in holds_not:
        assert caught(rule, {"it": given_}) == 0, given_
    if value is not False:
        assert caught(rule, {}) == 0


def test_all_conditions_hold_together_and_the_first_rule_decides():
    made = {
        "default": 0,
        "rules": [
            {
                "when": [
                    {"attribute": "plan", "operator": "equals", "value": "Team"},
                    {"attribute": "age", "operator": "at_least", "value": 18},
                ],
                "value": 1,
            },
            {"when": [{"attribute": "plan", "operator": "equals", "value": "Team"}], "value": 2},
            {"percentage": 0, "value": 3},
        ],
    }
    rules.check(made)

    def verdict(**attributes):
        found = rules.evaluate(made, "flag", "ann", attributes)
        return found.value, found.rule

    assert verdict(plan="Team", age=20) == (1, 0)
    assert verdict(plan="Team", age=3) == (2, 1)
    assert verdict(age=20) == (0, None)


@pytest.mark.parametrize("percentage", [0, 0.5, 10, 33.33, 100])
def test_a_percentage_is_of_the_users(percentage):
    assert abs(caught({"percentage": percentage}, users=USERS) / len(USERS) * 100 - percentage) < 1


def test_all_and_nobody_are_exactly_that():
    assert caught({"percentage": 100}, users=USERS) == len(USERS)
    assert caught({"percentage": 0}, users=USERS) == 0


@given(st.text(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_who_is_among_a_percentage_is_among_a_greater_one(user, one, other):
    less, more = sorted((one / 100, other / 100))
    assert caught({"percentage": less}, users=[user]) <= caught({"percentage": more}, users=[user])


class TestRefused:
    WRONG: ClassVar = [
        ([], "rules is []; it takes an object"),
        ({}, "rules lacks 'default'"),
        ({"default": 1, "rule": []}, "rules has 'rule', which nothing reads; it takes default, rules"),
        ({"default": 1, "rules": {}}, "rules.rules is {}; it takes a list"),
        ({"default": 1, "rules": [{}]}, "rules.rules[0] lacks 'value'"),
        ({"default": 1, "rules": [{"value": 1, "percentage": 101}]}, "rules.rules[0].percentage is 101"),
        ({"default": 1, "rules": [{"value": 1, "percentage": "10"}]}, "percentage is '10'"),
        ({"default": 1, "rules": [{"value": 1, "percentage": 1.234}]}, "at most two decimals"),
        ({"default": 1, "rules": [{"value": 1, "percentage": True}]}, "percentage is True"),
        ({"default": 1, "rules": [{"value": 1, "name": 1}]}, "rules.rules[0].name is 1"),
        ({"default": 1, "rules": [{"value": 1}] * 51}, "rules.rules has 51 entries; at most 50"),
    ]
    CONDITIONS: ClassVar = [
        ({"operator": "in", "value": []}, "lacks 'attribute'"),
        ({"attribute": "", "operator": "in", "value": []}, "attribute is ''"),
        ({"attribute": "a", "operator": "like", "value": "b"}, "operator is 'like'; it takes equals, not_equals, in"),
        ({"attribute": "a", "operator": "in", "value": "b"}, "value is 'b'; it takes a list"),
        ({"attribute": "a", "operator": "in", "value": [[]]}, "value[0] is []; in takes text, a number, true or false"),
        ({"attribute": "a", "operator": "equals", "value": None}, "value is None; equals takes text"),
        ({"attribute": "a", "operator": "at_least", "value": True}, "value is True; at_least takes a number or text"),
        ({"attribute": "a", "operator": "starts_with", "value": 1}, "value is 1; starts_with takes text"),
        ({"attribute": "a", "operator": "exists", "value": "yes"}, "value is 'yes'; exists takes true or false"),
    ]

    @pytest.mark.parametrize(("wrong", "said"), WRONG)
    def test_rules_of_another_shape(self, wrong, said):
        with pytest.raises(RulesRefusedError) as refused:
            rules.check(wrong)
        assert said in str(refused.value)

    @pytest.mark.parametrize(("condition", "said"), CONDITIONS)
    def test_conditions_that_could_not_be_evaluated(self, condition, said):
        with pytest.raises(RulesRefusedError) as refused:
            rules.check({"default": 1, "rules": [{"value": 1}, {"value": 1, "when": [condition]}]})
        assert str(refused.value).startswith("rules.rules[1].when[0]")
        assert said in str(refused.value)

    JSON = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["default", "rules", "value", "when", "percentage", "attribute", "operator"]), inner
            )
        ),
        max_leaves=12,
    )

    @given(JSON, st.dictionaries(st.sampled_from(["a", "b"]), JSON))
    def test_whatever_passes_can_be_evaluated(self, made, attributes):
        try:
            rules.check(made)
        except RulesRefusedError:
            return
        rules.evaluate(made, "flag", "ann", attributes)


TEAM_ONLY = {
    "default": False,
    "rules": [{"when": [{"attribute": "plan", "operator": "equals", "value": "Team"}], "value": True}],
}


def test_a_flag_is_evaluated_by_its_name(access):
    made = access.create_feature_flag("hints", "", TEAM_ONLY)
    found = deciding.evaluate("hints", "ann", {"plan": "Team"})
    assert (found.value, found.source) == (False, "inactive")
    access.update_feature_flag_status(made.id, "active")
    found = deciding.evaluate("hints", "ann", {"plan": "Team"})
    assert (found.value, found.source, found.rule) == (True, "rule", 0)
    assert deciding.evaluate("hints", "ann").source == "default"
    access.create_override("ann", str(made.id), "feature", "mine")
    assert deciding.evaluate("hints", "ann").value == "mine"
    assert deciding.evaluate("hints", "ben").value is False
    access.update_feature_flag_status(made.id, "inactive")
    assert deciding.evaluate("hints", "ann").source == "override"
    with pytest.raises(NotThereError, match="There is no flag 'none'"):
        deciding.evaluate("none", "ann")


def test_a_flag_is_written_only_with_rules_that_can_be_evaluated_and_a_name_of_its_own(access):
    with pytest.raises(RulesRefusedError):
        access.create_feature_flag("hints", "", {"rules": []})
    made = access.create_feature_flag("hints", "", TEAM_ONLY)
    with pytest.raises(AlreadyThereError, match="There is a flag 'hints' already"):
        access.create_feature_flag("hints", "", TEAM_ONLY)
    with pytest.raises(RulesRefusedError):
        access.update_feature_flag(made.id, rules={"default": 1, "rules": [{}]})
    with pytest.raises(ExperimentsError, match="'name' of a flag does not change"):
        access.update_feature_flag(made.id, name="other")
    assert access.get_feature_flag(made.id).rules == TEAM_ONLY
