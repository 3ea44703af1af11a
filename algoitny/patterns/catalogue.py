"""All 33 of them, in the order of the page."""

from algoitny.patterns import reads_of_history, reads_of_people, reads_of_problems, writes
from algoitny.patterns.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = tuple(
    sorted(
        (*reads_of_problems.PATTERNS, *reads_of_history.PATTERNS, *reads_of_people.PATTERNS, *writes.PATTERNS),
        key=lambda pattern: pattern.number,
    )
)
