"""Walks every order of steps. States that were met before are not walked again; the orders through them are counted."""

import json
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

from dynamo_models.mirror import enqueue as enqueue_module
from dynamo_models.mirror import fence, memory, snapshot
from dynamo_models.mirror import sync as sync_module
from dynamo_models.mirror.log import models as log
from tests.interleavings import world as stand_ins
from tests.interleavings.accounts import table
from tests.interleavings.world import CURRENT, Blocked, Process, Stop, World, carry_out

DONE, DEAD = "done", "dead"
MOST_PASSES = 12
"""Of the drain: one that goes on for longer never ends."""


class Diverged(AssertionError):  # noqa: N818 - named for its outcome
    """The stores differ at the end of some order of steps."""


@dataclass(frozen=True)
class Scenario:
    """start: operations that are carried out and mirrored before. unmirrored: they were, before anything was captured.
    operations: those of the application, in order;
    (name, row, key). processes: by name, (what it does, row or rows). deaths: how many may die. unmirrored: what
    was there at the start was there before anything was captured."""

    name: str
    mirror: object
    operations: tuple
    processes: dict
    start: tuple = (("insert", 1, "a"),)
    deaths: int = 1
    unmirrored: bool = False


@dataclass(frozen=True)
class State:
    world: tuple
    processes: tuple
    done: int
    deaths: int


@dataclass
class Found:
    """states, schedules: how many there were."""

    states: int
    schedules: int


class Explorer:
    def __init__(self, scenario):
        self.scenario, self.worlds, self.drained = scenario, {}, {}

    def explore(self):
        """Every order; raises Diverged with the one that was found first."""
        world = World()
        for operation in self.scenario.start:
            self._begin(world, operation)
            self._commit(world)
        if self.scenario.unmirrored:
            world.changes.clear()
        self._drain(world)
        first = State(
            self._keep(world), tuple((name, _Records()) for name in self.scenario.processes), 0, self.scenario.deaths
        )
        counts, trail = {}, []
        sys.setrecursionlimit(10_000)
        with stand_ins_in_place(self.scenario.mirror):
            total = self._count(first, counts, trail)
        return Found(states=len(counts), schedules=total)

    def _count(self, state, counts, trail):
        if state in counts:
            return counts[state]
        total = 0
        for what, after in self._next(state):
            trail.append(what)
            total += self._count(after, counts, trail)
            trail.pop()
        if not total:
            self._check(state, trail)
            total = 1
        counts[state] = total
        return total

    def _keep(self, world):
        key = world.frozen()
        self.worlds.setdefault(key, world)
        return key

    def _next(self, state):
        here = self.worlds[state.world]
        if here.open is not None or state.done < len(self.scenario.operations):
            world = here.copy()
            if here.open is not None:
                self._commit(world)
                yield "commit", replace(state, world=self._keep(world), done=state.done + 1)
            else:
                operation = self.scenario.operations[state.done]
                self._begin(world, operation)
                if operation[0] == "insert":  # other rows are locked from the number to the commit; this one is not
                    yield f"begin {operation}", replace(state, world=self._keep(world))
                else:
                    self._commit(world)
                    yield f"{operation}", replace(state, world=self._keep(world), done=state.done + 1)
        for at, (name, records) in enumerate(state.processes):
            if isinstance(records, str):
                continue
            yield from self._steps(state, at, name, records)
        for at, request in enumerate(here.floating):
            world = here.copy()
            world.floating = here.floating[:at] + here.floating[at + 1 :]
            _land(world, request)
            yield f"lands {_short(request)}", replace(state, world=self._keep(world))

    def _steps(self, state, at, name, records):
        world = self.worlds[state.world].copy()
        try:
            process, ended = self._run(world, name, records)
        except Blocked:
            return
        after = DONE if ended else _Records(process.records)
        moved = replace(state, world=self._keep(world), processes=_with(state.processes, at, (name, after)))
        yield f"{name}: {len(process.records)}{' ' + _short(process.sent[0]) if process.sent else ''}", moved
        if not state.deaths or not records:
            return  # one that has done nothing yet leaves nothing behind
        died = replace(state, processes=_with(state.processes, at, (name, DEAD)), deaths=state.deaths - 1)
        yield f"{name} dies", died
        if process.sent:
            world = self.worlds[state.world].copy()
            world.floating = (*world.floating, *process.sent)
            said = " and ".join(map(_short, process.sent))
            yield f"{name} dies with {said} on its way", replace(died, world=self._keep(world))

    def _run(self, world, name, records):
        """Take one step of a process: (it, whether that was its last)."""
        process = CURRENT.process = Process(world, records)
        what, rows = self.scenario.processes[name]
        try:
            PROGRAMS[what](self.scenario.mirror, _keys(rows))
        except Stop:
            return process, False
        return process, True

    def _check(self, state, trail):
        world = self.worlds[state.world].copy()
        self._drain(world)
        found = [f"The drain does not end: {world.changes}"] if world.changes else []
        if world.live() != world.wanted():
            found += [f"{world.live()} instead of {world.wanted()}"]
        if found:
            raise Diverged(f"{self.scenario.name}: {'; '.join(found)}\n  " + "\n  ".join(trail))

    def _drain(self, world):
        """What the relays do once everybody else is at rest; the log is empty afterwards."""
        key = world.frozen()
        if key in self.drained:
            world.__dict__.update(self.drained[key].copy().__dict__)
            return
        with stand_ins_in_place(self.scenario.mirror):
            for _ in range(MOST_PASSES):
                for row in sorted({row for row, _ in world.dirty}):
                    self._through(world, "fan-out", row)
                rows = list(dict.fromkeys(row for row, _ in world.changes.values()))
                if not rows:
                    break
                for row in rows:
                    self._through(world, "sync", row)
        self.drained[key] = world.copy()

    def _through(self, world, what, row):
        process = CURRENT.process = Process(world, ())
        process.inside = True  # nobody is between its steps
        PROGRAMS[what](self.scenario.mirror, _keys(row))

    def _begin(self, world, operation):
        kind, row, key = operation
        numbers = () if kind == "rename" else (world.draw(),)
        world.open = (kind, row, key, *numbers)

    def _commit(self, world):
        kind, row, key, *numbers = world.open
        world.open = None
        old = world.rows.get(row)
        if kind == "rename":  # of what the key comes from: the row itself is not written
            world.rows[row] = (key, old[1])
            world.dirty |= {(row, key)}
            return
        note = numbers[0]
        if kind == "delete":
            del world.rows[row]
        else:
            world.rows[row] = (key if key is not None else old[0], note)
        changed = old is not None and (row not in world.rows or world.rows[row][0] != old[0])
        kept = json.dumps([old[0]]) if changed and self.scenario.mirror.key_columns[0].name == "slot" else None
        world.changes[note] = (str(row), kept)


class _Records(tuple):
    """What a process has seen; equal by what it says, as errors have no equality of their own."""

    __slots__ = ()

    def __eq__(self, other):
        return isinstance(other, tuple) and [each.text for each in self] == [each.text for each in other]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(tuple(each.text for each in self))


def _with(processes, at, changed):
    """Processes that do the same to the same row are one another's equals: they are put in one order."""
    found = [*processes[:at], changed, *processes[at + 1 :]]
    return tuple(sorted(found, key=lambda each: (each[0].rstrip("0123456789"), _text(each[1]))))


def _text(records):
    return records if isinstance(records, str) else "|".join(each.text for each in records)


def _short(request):
    said = json.loads(request)
    item = said.get("Item", said.get("Key"))
    what = item.get(table.type_attribute, {"S": "removal"})["S"]
    return f"{what} {item['PK']['S']} @{item.get(fence.VERSION, {'N': '-'})['N']}"


def _land(world, request):
    try:
        carry_out(world, json.loads(request))
    except stand_ins.ConditionFailed:
        return


def _keys(rows):
    return [str(row) for row in (rows if isinstance(rows, tuple) else (rows,))]


def _sync(mirror, rows):
    for answer in sync_module.sync_many(mirror, rows, "model").values():
        if isinstance(answer, Exception):
            raise answer


def _fan_out(mirror, rows):
    """As the relay does it: what it read of the log, and no more, is cleared once the row is logged."""
    (row,) = rows
    read = CURRENT.process.access(lambda world: {each for each in world.dirty if each[0] == int(row)})
    if read:
        enqueue_module.enqueue(mirror, [row], "model")
        CURRENT.process.access(lambda world: _clean(world, read))


def _clean(world, read):
    world.dirty -= read


def _backfill(mirror, rows):
    enqueue_module.enqueue(mirror, rows, "model")
    _sync(mirror, rows)


PROGRAMS = {"sync": _sync, "backfill": _backfill, "fan-out": _fan_out}


def _lock(mirror, pks, using, *, wait=True):
    def act(world):
        if world.open is not None and world.open[1] in pks and world.open[1] in world.rows:
            raise Blocked
        return [pk for pk in pks if pk in world.rows]

    return CURRENT.process.access(act)


@contextmanager
def stand_ins_in_place(mirror):
    change = stand_ins.manager(stand_ins.Changes, stand_ins.Change)
    change.__new__ = lambda cls, **values: stand_ins.Change(0, values["source"], values["row_key"], None)
    remembered = stand_ins.manager(stand_ins.Memory, stand_ins.Remembered)
    failure = stand_ins.manager(stand_ins.Nothing, log.Failure)
    with ExitStack() as stack:
        for module in (sync_module, memory, snapshot, enqueue_module):
            for name, stand_in in (
                ("Change", change),
                ("MirroredKey", remembered),
                ("Failure", failure),
                ("writing", stand_ins.transaction),
                ("moment", stand_ins.transaction),
                ("_lock", _lock),
                ("text_of", lambda mirror, pk, using: str(pk)),
                ("FEWEST_NEW", 2),
                ("refuse_back", lambda mirror, using: None),  # SQL has authority
                ("mirror_of", lambda label: mirror),
            ):
                if hasattr(module, name):
                    stack.enter_context(patch.object(module, name, stand_in))
        stack.enter_context(patch.object(fence, "send", stand_ins.send))
        yield
