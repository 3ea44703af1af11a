"""Does with experiments what they are for, and says what came of it. Each call makes an experiment of its own."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from algoitny.experiments import deciding, ids
from algoitny.experiments.access import dynamodb_access as access
from algoitny.experiments.access.events import NewEvent
from algoitny.experiments.errors import AlreadyThereError, TransitionRefusedError
from algoitny.experiments.items import Experiment
from dynamo_models import capture, now

_USERS, _CALLS = 120, 32
_VARIATIONS = [{"name": "one hint", "value": 1, "weight": 70}, {"name": "three hints", "value": 3, "weight": 30}]
_FLAG = "demonstration"
_RULES = {
    "default": False,
    "rules": [
        {"when": [{"attribute": "plan", "operator": "in", "value": ["Team", "Pro"]}], "value": True},
        {"percentage": 25, "value": True},
    ],
}


def demonstrate() -> list[str]:
    """What was done, a line each. The five tables have to be there."""
    made = access.create_experiment("How many hints", "", _VARIATIONS, "demonstration", tags=["hints"])
    access.update_experiment_status(made.id, "active")
    return [_first_calls(made), _shares(made), _flag(), _events(made), _status(made)]


def _first_calls(made: Experiment) -> str:
    with ThreadPoolExecutor(_CALLS) as pool:
        found = list(pool.map(lambda _: deciding.assign("demo:first", made.id), range(_CALLS)))
    kept = access.get_user_assignments("demo:first", since=made.created_at).items
    ours = [each for each in kept if each.experiment_id == str(made.id)]
    told = {each.variation["name"] for each in found if each.variation}
    return f"{_CALLS} first calls of one user at once: {len(ours)} assignment, and all were told {', '.join(told)!r}"


def _shares(made: Experiment) -> str:
    found = (deciding.assign(f"demo:{number}", made.id).variation for number in range(_USERS))
    names = Counter(each["name"] for each in found if each)
    shares = ", ".join(f"{each['name']} {names[each['name']]} (of weight {each['weight']} %)" for each in _VARIATIONS)
    return f"{sum(names.values())} users assigned: {shares}"


def _flag() -> str:
    try:
        access.create_feature_flag(_FLAG, "Shown by the demonstration", _RULES, "active", tags=["demo"])
    except AlreadyThereError:
        access.update_feature_flag(ids.flag_id(_FLAG), rules=_RULES, status="active")
    team = deciding.evaluate(_FLAG, "demo:1", {"plan": "Team"})
    others = sum(deciding.evaluate(_FLAG, f"demo:{number}", {"plan": "Free"}).value for number in range(_USERS))
    access.update_feature_flag_status(ids.flag_id(_FLAG), "inactive")
    off = deciding.evaluate(_FLAG, "demo:1", {"plan": "Team"})
    return (
        f"Flag {_FLAG!r}: {team.value} for plan Team, by rule {team.rule}; {others} of {_USERS} others by its 25 %; "
        f"made inactive, {off.value} at once"
    )


def _events(made: Experiment) -> str:
    key, started = str(made.id), now()
    solved = [
        NewEvent(user_id=f"demo:{number}", event_type="solved", data={"hints": number % 3}, experiment_id=key)
        for number in range(0, _USERS, 3)
    ]
    with capture() as usage:
        access.create_events(solved)
    found = access.conversions(key, "solved", since=started, until=now() + timedelta(minutes=1))
    names = {each["id"]: each["name"] for each in made.variations}
    rates = ", ".join(f"{names[each.variation]} {each.converted} of {each.assigned}" for each in found)
    return f"{len(solved)} events in {len(usage)} batches; converted: {rates}"


def _status(made: Experiment) -> str:
    access.update_experiment_with_override(made.id, "paused", "demo:new", "three hints")
    given = deciding.assign("demo:new", made.id)
    nobody = deciding.assign("demo:newer", made.id)
    access.update_experiment_status(made.id, "completed")
    try:
        access.update_experiment_status(made.id, "active")
    except TransitionRefusedError as error:
        refused = str(error)
    else:
        raise AssertionError("A completed experiment became active.")
    name = given.variation["name"] if given.variation else None
    return (
        f"active → paused together with an override, by which a user got {name!r}; another got "
        f"{nobody.variation and nobody.variation['name']}; completed, and back refused: {refused}"
    )
