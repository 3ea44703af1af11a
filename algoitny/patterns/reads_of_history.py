"""Patterns 7 to 11, 18, 31 and 33: runs, and what they add up to."""

from algoitny.history import access
from algoitny.patterns.asking import Asking
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.sample import ABSENT, NAMELESS, Sample

_STATS = 3  # users whose totals are asked for


def own(asking: Asking, sample: Sample) -> None:
    asking.walk(access.own, sample.user.id)
    asking.ask(access.own, ABSENT)


def public(asking: Asking, _sample: Sample) -> None:
    asking.walk(access.public)


def timeline(asking: Asking, sample: Sample) -> None:
    asking.walk(access.timeline, sample.user.id)
    asking.ask(access.timeline, ABSENT)


def one(asking: Asking, sample: Sample) -> None:
    for run in (sample.public, sample.private):
        found = asking.ask(access.run_by_id, run.id if run else ABSENT)
        if found is not None:
            for user_id, is_staff in ((found.user_id, False), (None, False), (ABSENT, False), (ABSENT, True)):
                asking.look(access.visible_to, found, user_id=user_id, is_staff=is_staff)
    asking.ask(access.run_by_id, ABSENT)


def filtered(asking: Asking, sample: Sample) -> None:
    run = sample.public or sample.private
    platform = run.platform if run else sample.problem.platform
    language = run.language if run else sample.problem.language
    for filters in (
        {"platform": platform},
        {"language": language},
        {"platform": platform, "language": language},
        {"language": NAMELESS},
    ):
        asking.walk(access.own, sample.user.id, **filters)
        asking.walk(access.public, **filters)
        asking.walk(access.timeline, sample.user.id, **filters)


def hints(asking: Asking, sample: Sample) -> None:
    for run in (sample.hinted, sample.private, sample.public):
        asking.ask(access.hints, run.id if run else ABSENT)
    asking.ask(access.hints, ABSENT)


def stats(asking: Asking, sample: Sample) -> None:
    for user in sample.busiest[:_STATS]:
        asking.ask(access.stats, user.id)
    asking.ask(access.stats, ABSENT)


def most_active(asking: Asking, _sample: Sample) -> None:
    for limit in (10, 1, 100):
        asking.ask(access.leaderboard, limit=limit)


PATTERNS = (
    Pattern(number=7, name="a user's history, newest first", reads=own),
    Pattern(number=8, name="public history, newest first", reads=public),
    Pattern(number=9, name="own and public history in one timeline", reads=timeline),
    Pattern(number=10, name="one history row with its results", reads=one),
    Pattern(number=11, name="history by platform or language", reads=filtered),
    Pattern(number=18, name="hints of a history row", reads=hints),
    Pattern(number=31, name="a user's totals", reads=stats),
    Pattern(number=33, name="most active users", reads=most_active),
)
