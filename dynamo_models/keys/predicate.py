"""Conditions as data: what a ``Q`` depends on, whether it holds for values, and whether other conditions imply it.

``Q`` is Django's own. Look-ups are evaluated as Django does: None matches nothing but ``isnull``, and a negation is
the opposite of what was asked, so ``~Q(language="c")`` holds where there is no language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from dynamo_models.errors import QueryRefused


class PredicateError(QueryRefused):
    """A ``Q`` that cannot be evaluated; the message names the part."""


def _contains(value: Any, item: Any) -> bool:
    return item in value


LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, other: bool(value == other),
    "in": lambda value, other: value in other,
    "lt": lambda value, other: bool(value < other),
    "lte": lambda value, other: bool(value <= other),
    "gt": lambda value, other: bool(value > other),
    "gte": lambda value, other: bool(value >= other),
    "range": lambda value, other: bool(other[0] <= value <= other[1]),
    "startswith": lambda value, other: bool(value.startswith(other)),
    "contains": _contains,
}


@dataclass(frozen=True)
class Lookup:
    """One condition on one attribute: ``created_at__lt=…`` is Lookup("created_at", "lt", …).

    ``path`` leads into a map: ``metadata__difficulty="hard"`` has the path ("difficulty",).
    """

    name: str
    op: str
    value: Any
    path: tuple[str, ...] = ()

    def holds(self, values: Mapping[str, Any]) -> bool:
        found = values.get(self.name)
        for step in self.path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if self.op == "isnull":
            return (found is None) is bool(self.value)
        return found is not None and LOOKUPS[self.op](found, self.value)

    def __str__(self) -> str:
        name = "__".join((self.name, *self.path))
        return f"{name}={self.value!r}" if self.op == "exact" else f"{name}__{self.op}={self.value!r}"


@dataclass(frozen=True)
class Junction:
    """Conditions joined by "AND" or "OR"."""

    connector: str
    parts: tuple[Condition, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        test = all if self.connector == "AND" else any
        return test(part.holds(values) for part in self.parts)

    def __str__(self) -> str:
        return "(" + f" {self.connector} ".join(str(part) for part in self.parts) + ")"


@dataclass(frozen=True)
class Negation:
    """The opposite of a condition."""

    part: Condition

    def holds(self, values: Mapping[str, Any]) -> bool:
        return not self.part.holds(values)

    def __str__(self) -> str:
        return f"NOT {self.part}"


Condition = Lookup | Junction | Negation
EMPTY = Junction("AND", ())


def parse(q: Q, names: Iterable[str]) -> Condition:
    """Read a ``Q`` whose look-ups are on the attributes ``names``. PredicateError names what cannot be read.

    An empty ``Q`` asks for nothing, negated or not, and where it stands among others it is passed over, as in Django.
    """
    known = set(names)
    parts: list[Condition] = []
    for child in q.children:
        if isinstance(child, Q):
            inner = parse(child, known)
            parts += [inner] if inner != EMPTY else []
        elif isinstance(child, tuple) and len(child) == 2:  # noqa: PLR2004 - (look-up, value), as Django has it
            parts.append(parse_lookup(child[0], child[1], known))
        else:
            raise PredicateError(f"{child!r} is not a look-up; give attribute__lookup=value.")
    if q.connector not in ("AND", "OR"):
        raise PredicateError(f"Q objects joined by {q.connector} are not understood; write it with & | ~.")
    if not parts:
        return EMPTY
    found: Condition = parts[0] if len(parts) == 1 else Junction(q.connector, tuple(parts))
    return Negation(found) if q.negated else found


def parse_lookup(text: str, value: Any, known: Iterable[str]) -> Lookup:
    """Read one keyword of ``filter``. PredicateError names the attribute or look-up that is not known."""
    known = list(known)
    name, op, path = _split(text, known)
    if op == "date":
        raise PredicateError(f"{text} is read where the attribute's type is known; it cannot stand here.")
    if op == "isnull" and not isinstance(value, bool):
        raise PredicateError(f"{text}={value!r}: isnull takes True or False.")
    if op in ("in", "range"):
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise PredicateError(f"{text}={value!r}: __{op} takes a list of values.")
        value = tuple(value)
        if op == "range" and len(value) != 2:  # noqa: PLR2004 - two ends
            raise PredicateError(f"{text}={value!r}: __range takes two values, the lowest and the highest.")
        if None in value:
            raise PredicateError(f"{text}={value!r}: None is no value to look for; ask for it by __isnull.")
    if value is None:
        if op != "exact":
            raise PredicateError(f"{text}=None: compare with None by __isnull.")
        op, value = "isnull", True
    return Lookup(name, op, value, path)


def _split(text: str, known: list[str]) -> tuple[str, str, tuple[str, ...]]:
    # The longest attribute that the text begins with, so that an attribute's own name may hold a double underscore.
    candidates = [name for name in known if text == name or text.startswith(name + "__")]
    if not candidates:
        raise PredicateError(f"there is no attribute for {text!r}; there are {', '.join(sorted(known))}.")
    name = max(candidates, key=len)
    rest = text[len(name) + 2 :].split("__") if text != name else []
    if "" in rest:
        raise PredicateError(f"{text!r} has nothing between two double underscores; write attribute__lookup.")
    op = rest.pop() if rest and (rest[-1] in LOOKUPS or rest[-1] in ("isnull", "date")) else "exact"
    return name, op, tuple(rest)


def names_of(condition: Condition) -> frozenset[str]:
    """The attributes that a condition depends on."""
    return frozenset(leaf.name for leaf in lookups(condition))


def lookups(condition: Condition) -> list[Lookup]:
    """Every look-up that a condition is made of."""
    if isinstance(condition, Lookup):
        return [condition]
    if isinstance(condition, Negation):
        return lookups(condition.part)
    return [leaf for part in condition.parts for leaf in lookups(part)]


def conjuncts(condition: Condition) -> list[Condition]:
    """The conditions that all have to hold."""
    if isinstance(condition, Junction) and condition.connector == "AND":
        return [leaf for part in condition.parts for leaf in conjuncts(part)]
    return [condition]


def both(*conditions: Condition) -> Condition:
    """All of these conditions together."""
    leaves = [leaf for condition in conditions for leaf in conjuncts(condition)]
    return leaves[0] if len(leaves) == 1 else Junction("AND", tuple(leaves))


def implied(needed: Condition, given: Iterable[Condition]) -> bool:
    """Whether ``needed`` certainly holds wherever all of ``given`` hold. False where that is not seen."""
    given = [leaf for condition in given for leaf in conjuncts(condition)]
    return all(_leaf_implied(leaf, given) for leaf in conjuncts(needed))


def _leaf_implied(leaf: Condition, given: list[Condition]) -> bool:
    if leaf in given:
        return True
    if isinstance(leaf, Junction):  # an OR
        return any(implied(part, given) for part in leaf.parts)
    if isinstance(leaf, Lookup) and not leaf.path:
        return any(_implies(one, leaf) for one in given if isinstance(one, Lookup) and not one.path)
    if isinstance(leaf, Negation) and isinstance(leaf.part, Lookup):
        return _excluded(leaf.part, given)
    return False


def _implies(one: Lookup, leaf: Lookup) -> bool:
    if one.name != leaf.name:
        return False
    if leaf.op == "isnull" and leaf.value is False and not (one.op == "isnull" and one.value is True):
        return True  # every look-up but isnull=True holds for a value only
    values = _values(one)
    return values is not None and all(_holds(leaf, value) is True for value in values)


def _excluded(lookup: Lookup, given: list[Condition]) -> bool:
    for one in given:
        if isinstance(one, Lookup) and one.name == lookup.name and not one.path:
            values = _values(one)
            if values is not None and all(_holds(lookup, value) is False for value in values):
                return True
            present = Lookup(one.name, "isnull", value=False)
            if lookup == Lookup(one.name, "isnull", value=True) and _implies(one, present):
                return True
    return False


def _values(one: Lookup) -> tuple[Any, ...] | None:
    """Every value that the attribute can have where this holds, None for an absent one; None where they are many."""
    if one.op == "exact":
        return (one.value,)
    if one.op == "in":
        return tuple(one.value)
    if one.op == "isnull" and one.value is True:
        return (None,)
    return None


def _holds(lookup: Lookup, value: Any) -> bool | None:
    """Whether a look-up holds for a value of its attribute; None where the two cannot be compared."""
    try:
        return lookup.holds({lookup.name: value})
    except (TypeError, AttributeError):
        return None
