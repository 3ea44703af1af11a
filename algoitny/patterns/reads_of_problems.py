"""Patterns 1 to 6 and 13: problems and their test cases."""

from algoitny.patterns.asking import WALKS, Asking
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.sample import ABSENT, NAMELESS, Sample
from algoitny.problems import access


def by_id(asking: Asking, sample: Sample) -> None:
    asking.ask(access.problem_by_id, sample.problem.id)
    asking.ask(access.problem_by_id, ABSENT)


def by_name(asking: Asking, sample: Sample) -> None:
    asking.ask(access.get_problem, sample.problem.platform, sample.problem.problem_id)
    asking.ask(access.get_problem, sample.problem.platform, NAMELESS)


def listed(asking: Asking, sample: Sample) -> None:
    platform, language = sample.problem.platform, sample.problem.language
    for filters in (
        {"platform": platform},
        {"language": language},
        {"platform": platform, "language": language},
        {"platform": NAMELESS},
    ):
        asking.walk(access.list_problems, **filters)
    for searched in (sample.word, sample.word.upper(), NAMELESS):
        for limit, pages in WALKS:
            # A page of a search ends where its budget does, which only one of the stores has.
            asking.gather(access.list_problems, search=searched, limit=limit, most=limit * pages)
    asking.gather(access.list_problems, platform=platform, search=sample.word, limit=20, most=400)


def completed(asking: Asking, _sample: Sample) -> None:
    asking.walk(access.list_problems, completed=True)


def drafts(asking: Asking, _sample: Sample) -> None:
    asking.walk(access.list_problems, completed=False)


def with_cases(asking: Asking, sample: Sample) -> None:
    asking.ask(access.get_problem, sample.problem.platform, sample.problem.problem_id)


def cases(asking: Asking, sample: Sample) -> None:
    asking.ask(access.test_cases, sample.problem.platform, sample.problem.problem_id)
    asking.ask(access.test_cases, NAMELESS, sample.problem.problem_id)


PATTERNS = (
    Pattern(number=1, name="problem by id", reads=by_id),
    Pattern(number=2, name="problem by platform and problem_id", reads=by_name),
    Pattern(number=3, name="problems by platform, title, language", reads=listed),
    Pattern(number=4, name="completed problems", reads=completed),
    Pattern(number=5, name="drafts", reads=drafts),
    Pattern(number=6, name="problem with its test cases", reads=with_cases),
    Pattern(number=13, name="test cases of a problem", reads=cases),
)
