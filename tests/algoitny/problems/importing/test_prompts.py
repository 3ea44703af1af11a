"""What a problem is about is read from the source of its prompt."""

import pytest

from algoitny.problems.importing.prompts import PromptError, read_prompt, readable

PROMPT = '''
from typing import List


def poly(xs):
    """ not this one """
    return xs


def max_fill(grid: List[int], capacity=1) -> int:
    import math
    """
    Empty the wells.

    Constraints:
        * 1 <= capacity <= 10
        * all wells are equal

    Example: 1
    """
'''


def test_a_prompt_gives_title_signature_statement_and_constraints():
    prompt = read_prompt(PROMPT, "max_fill")
    assert prompt.title == "max fill"
    assert prompt.signature == "def max_fill(grid: List[int], capacity=1) -> int"
    assert prompt.statement.startswith("Empty the wells.\n\nConstraints:\n    * 1")
    assert prompt.constraints == "* 1 <= capacity <= 10\n* all wells are equal"


@pytest.mark.parametrize(
    ("text", "constraints"),
    [
        ("Constraints: 0 < n", "0 < n"),
        ("Sum.\nConstraints: 0 < n\nOutput:\n  text", "0 < n"),
        ("Sum of the constraints: none", ""),
        ("Sum.", ""),
    ],
)
def test_constraints_end_at_a_blank_line_or_the_next_heading(text, constraints):
    assert read_prompt(f'def f():\n    """{text}"""', "f").constraints == constraints


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("has_close_elements", "has close elements"),
        ("minSubArraySum", "min sub array sum"),
        ("Strongest_Extension", "strongest extension"),
        ("string_to_md5", "string to md5"),
        ("parseHTMLText", "parse html text"),
        ("f", "f"),
    ],
)
def test_titles_read_as_words(name, title):
    assert readable(name) == title


@pytest.mark.parametrize(
    ("source", "says"),
    [("def g(): 'text'", "no function 'f'"), ("def f(): pass", "no docstring"), ("def f(", "no Python")],
)
def test_a_prompt_that_says_nothing_is_refused(source, says):
    with pytest.raises(PromptError, match=says):
        read_prompt(source, "f")
