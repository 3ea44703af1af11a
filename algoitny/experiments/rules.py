"""The rules of a feature flag, as data: checked when they are written, evaluated without a look at any store.

::

    {
        "default": false,                                   # whom no rule catches, and everybody while it is inactive
        "rules": [                                          # the first that catches a user decides
            {"when": [{"attribute": "plan", "operator": "in", "value": ["Team", "Pro"]}], "value": true},
            {"percentage": 12.5, "value": true}
        ]
    }

A rule catches a user for whom all of ``when`` holds and who is among its ``percentage``. Who is among 10 % of a flag is
also among its 20 %, in any rule. An attribute that is not given makes a condition false, whatever its operator; only
``exists`` asks about that. One that is of another type than it is compared with is neither equal nor unequal to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from algoitny.experiments.errors import RulesRefusedError
from algoitny.experiments.weights import share

MAX_RULES, MAX_CONDITIONS, MAX_VALUES = 50, 20, 1000
_HUNDREDTHS = 100  # of a per cent

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What a flag comes to. rule: the number of the rule that decided, from 0; None where the default did."""

    value: Any
    rule: int | None


def evaluate(rules: Mapping[str, Any], flag: str, user_id: str, attributes: Attributes) -> Verdict:
    """What rules that have passed ``check`` say for a user. flag: what percentages are counted by."""
    for number, rule in enumerate(rules.get("rules", ())):
        caught = all(_holds(each, attributes) for each in rule.get("when", ()))
        if caught and share(flag, user_id, of=100 * _HUNDREDTHS) < _hundredths(rule.get("percentage", 100)):
            return Verdict(rule["value"], number)
    return Verdict(rules["default"], None)


def _hundredths(percentage: float) -> int:
    return round(percentage * _HUNDREDTHS)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _alike(given: Any, wanted: Any) -> bool:
    return _kind(given) == _kind(wanted)


# Each operator: what its value has to be, and what holds of an attribute's value and of it.
_OPERATORS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "equals": ("scalar", lambda given, wanted: _alike(given, wanted) and given == wanted),
    "not_equals": ("scalar", lambda given, wanted: _alike(given, wanted) and given != wanted),
    "in": ("list", lambda given, wanted: any(_alike(given, each) and given == each for each in wanted)),
    "not_in": ("list", lambda given, wanted: not any(_alike(given, each) and given == each for each in wanted)),
    "greater_than": ("ordered", lambda given, wanted: _alike(given, wanted) and given > wanted),
    "at_least": ("ordered", lambda given, wanted: _alike(given, wanted) and given >= wanted),
    "less_than": ("ordered", lambda given, wanted: _alike(given, wanted) and given < wanted),
    "at_most": ("ordered", lambda given, wanted: _alike(given, wanted) and given <= wanted),
    "starts_with": ("text", lambda given, wanted: isinstance(given, str) and given.startswith(wanted)),
    "contains": ("text", lambda given, wanted: isinstance(given, str | list) and wanted in given),
}
EXISTS = "exists"
OPERATORS = (*_OPERATORS, EXISTS)


def _holds(condition: Mapping[str, Any], attributes: Attributes) -> bool:
    given = attributes.get(condition["attribute"])
    if condition["operator"] == EXISTS:
        return (given is not None) == condition["value"]
    return given is not None and _OPERATORS[condition["operator"]][1](given, condition["value"])


def check(rules: Any) -> None:
    """RulesRefusedError, which begins with the place, for rules that could not be evaluated as they are written."""
    _object(rules, "rules", required={"default"}, optional={"rules"})
    listed = _list(rules.get("rules", []), "rules.rules", most=MAX_RULES)
    for number, rule in enumerate(listed):
        place = f"rules.rules[{number}]"
        _object(rule, place, required={"value"}, optional={"when", "percentage", "name"})
        if not isinstance(rule.get("name", ""), str):
            raise RulesRefusedError(f"{place}.name is {rule['name']!r}; it takes text.")
        _check_percentage(rule.get("percentage", 100), f"{place}.percentage")
        for at, condition in enumerate(_list(rule.get("when", []), f"{place}.when", most=MAX_CONDITIONS)):
            _check_condition(condition, f"{place}.when[{at}]")


def _check_percentage(value: Any, place: str) -> None:
    if _kind(value) != "number" or not 0 <= value <= 100 or round(value, 2) != value:  # noqa: PLR2004 - per cent
        raise RulesRefusedError(f"{place} is {value!r}; it takes a number from 0 to 100 with at most two decimals.")


def _check_condition(condition: Any, place: str) -> None:
    _object(condition, place, required={"attribute", "operator", "value"}, optional=set())
    if not isinstance(condition["attribute"], str) or not condition["attribute"]:
        raise RulesRefusedError(f"{place}.attribute is {condition['attribute']!r}; it takes the name of an attribute.")
    operator, value = condition["operator"], condition["value"]
    if operator not in OPERATORS:
        raise RulesRefusedError(f"{place}.operator is {operator!r}; it takes {', '.join(OPERATORS)}.")
    wanted = "bool" if operator == EXISTS else _OPERATORS[operator][0]
    if wanted == "list":
        for number, each in enumerate(_list(value, f"{place}.value", most=MAX_VALUES)):
            _check_value(each, "scalar", f"{place}.value[{number}]", operator)
    else:
        _check_value(value, wanted, f"{place}.value", operator)


_KINDS = {
    "scalar": ({"bool", "number", "str"}, "text, a number, true or false"),
    "ordered": ({"number", "str"}, "a number or text"),
    "text": ({"str"}, "text"),
    "bool": ({"bool"}, "true or false"),
}


def _check_value(value: Any, wanted: str, place: str, operator: str) -> None:
    kinds, said = _KINDS[wanted]
    if _kind(value) not in kinds:
        raise RulesRefusedError(f"{place} is {value!r}; {operator} takes {said}.")


def _object(value: Any, place: str, *, required: set[str], optional: set[str]) -> None:
    if not isinstance(value, Mapping):
        raise RulesRefusedError(f"{place} is {value!r}; it takes an object.")
    unknown, missing = sorted(set(value) - required - optional), sorted(required - set(value))
    if unknown or missing:
        wrong = f"has {unknown[0]!r}, which nothing reads" if unknown else f"lacks {missing[0]!r}"
        raise RulesRefusedError(f"{place} {wrong}; it takes {', '.join(sorted(required | optional))}.")


def _list(value: Any, place: str, *, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise RulesRefusedError(f"{place} is {value!r}; it takes a list.")
    if len(value) > most:
        raise RulesRefusedError(f"{place} has {len(value)} entries; at most {most} are taken.")
    return value
