"""``manage.py dynamo_cutover``: moves a group a stage up or any down, and holds the kill switch."""

from __future__ import annotations

import json
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from dynamo_models.cutover import controls, moves, watch
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.moves import GuardRefused, MoveRefused, Overtaken, Plan
from dynamo_models.cutover.stages import Stage
from dynamo_models.cutover.state import State
from dynamo_models.errors import DynamoModelsError
from dynamo_models.management.mirroring import ERROR, REFUSED, USAGE
from dynamo_models.management.signals import until_signalled
from dynamo_models.mirror.registration import mirrors
from dynamo_models.switch import run as switching

_TURN = 0.5  # seconds between two looks at the clock

_HELP = """Moves a group of models: --to a stage, one up at a time and past its guards, or any down, at once. --dry-run
says what would be done, which guards refuse and which command provides what is missing. --kill sends every read to SQL
within a second, of GROUP or of all groups; --unkill ends that. --allow, --deny and --forget name subjects, such as
primary keys of users, whose reads go to DynamoDB, to SQL, or by the share again. --to dynamodb switches authority, in
a pause of writes that takes seconds, and --to reading takes it back; --to final ends that way, and --to complete
--archive DIRECTORY removes what the mirror has left: both ask for the group's name, and the same again ends what a
crash has left of them. --resume and --abort end a switch whose process is gone, as dynamo_status says. --watch takes
groups down where they have to, until SIGTERM; dynamo_relay does that as well. Exit codes: 0 done, 1 error, 2 usage, 4 a
guard refused, or somebody else was first."""


class Command(BaseCommand):
    help = _HELP
    as_json = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("group", nargs="?", metavar="GROUP", help="The group, as dynamo_status lists it.")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", choices=[str(each) for each in Stage], metavar="STAGE", help=", ".join(Stage))
        what.add_argument("--resume", action="store_true", help="Go on with a switch whose process is gone.")
        what.add_argument("--abort", action="store_true", help="Give up a switch whose process is gone.")
        what.add_argument("--kill", action="store_true", help="SQL answers every read, of GROUP or of all.")
        what.add_argument("--unkill", action="store_true", help="Reads go by the stage again.")
        for name, does in (("allow", "go to DynamoDB"), ("deny", "go to SQL"), ("forget", "go by the share again")):
            what.add_argument(f"--{name}", nargs="+", metavar="SUBJECT", help=f"Their reads {does}.")
        what.add_argument(
            "--watch", action="store_true", help="Take groups down where they have to, until told to end."
        )
        parser.add_argument("--share", type=int, metavar="N", help="--to reading: per cent. Default: the next rung.")
        parser.add_argument("--archive", type=Path, metavar="DIRECTORY", help="--to complete: from dynamo_archive.")
        parser.add_argument("--reason", default="", metavar="TEXT", help="For the history.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_true", help="Ask nothing before final and complete."
        )
        parser.add_argument(
            "--database", metavar="ALIAS", help="The SQL side. Default: what the alias of DynamoDB names."
        )
        parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object on stdout.")

    def handle(self, *_args: Any, group: str | None, **options: Any) -> None:
        self.as_json = options["format"] == "json"
        using: str = options["database"] or sql_alias()
        if using not in connections:
            raise self._failure(f"There is no database {using!r} in the settings.", USAGE)
        try:
            self._carry_out(group, using, options)
        except GuardRefused as error:
            raise self._failure(str(error), REFUSED, guards=[each.as_dict() for each in error.findings]) from error
        except Overtaken as error:
            raise self._failure(str(error), REFUSED) from error
        except MoveRefused as error:
            raise self._failure(str(error), USAGE) from error
        except (DynamoModelsError, DatabaseError) as error:
            raise self._failure(f"{type(error).__name__}: {error}", ERROR) from error

    def _carry_out(self, group: str | None, using: str, options: dict[str, Any]) -> None:
        if options["watch"]:
            self._watch(using)
        elif options["kill"] or options["unkill"]:
            self._switch(group, using, options)
        elif group is None:
            raise MoveRefused("Name the group; dynamo_status lists them.")
        elif options["to"] is not None:
            self._move(group, using, options)
        elif options["resume"] or options["abort"]:
            self._end(group, using, options)
        else:
            self._subjects(group, using, options)

    def _move(self, group: str, using: str, options: dict[str, Any]) -> None:
        to = Stage(options["to"])
        if options["archive"] is not None and to is not Stage.COMPLETE:
            raise MoveRefused(f"--archive is of stage complete; {to} has none.")
        if to in {Stage.FINAL, Stage.COMPLETE} and not options["dry_run"]:
            self._confirm(group, to, noinput=options["noinput"])
            if (state := switching.end_left(group, to, using, told=self._told)) is not None:
                place = {"stage": str(state.place.stage), "share": state.place.share}
                self._answer(f"What a crash had left is ended: {group} is at {state.place}.", {"group": group, **place})
                return
        planned = moves.plan(group, to, using=using, share=options["share"], archive=options["archive"])
        # Before a step up, whether the group can stay where it is at all. A step down waits for nothing.
        if planned.is_up and not options["dry_run"] and (said := watch.judge(group, using)):
            if not self.as_json:
                self.stdout.write(said)
            planned = moves.plan(group, to, using=using, share=options["share"], archive=options["archive"])
        self._tell(planned)
        if options["dry_run"]:
            if planned.refused:
                raise GuardRefused(f"{group} would stay at {planned.before}.", planned.refused)
            self._done(f"{group} would go from {planned.before} to {planned.after}.", planned, dry_run=True)
            return
        if planned.in_steps:
            switching.switch(planned, reason=options["reason"], told=self._told)
        else:
            moves.carry_out(planned, reason=options["reason"])
        self._done(f"{group} went from {planned.before} to {planned.after}.", planned)

    def _confirm(self, group: str, to: Stage, *, noinput: bool) -> None:
        if noinput:
            return
        if self.as_json:
            raise MoveRefused(f"--to {to} asks for the group's name, and --format json cannot: say --noinput.")
        try:
            answer = input(f"There is no way back from {to}. Type the name of the group to go on: ")
        except EOFError:
            raise MoveRefused(f"--to {to} asks for the group's name, and there is no input: say --noinput.") from None
        if answer.strip() != group:
            raise MoveRefused("That is not its name. Nothing was done.")

    def _end(self, group: str, using: str, options: dict[str, Any]) -> None:
        """Of a switch that a crash has left."""
        if options["dry_run"]:
            does = "ended" if options["resume"] else "given up"
            self._answer(f"The switch of {group} would be {does}, if no process is at it.", {"dry_run": True})
            return
        if options["resume"]:
            state = switching.resume(group, using, told=self._told)
        else:
            state = switching.abort(group, using, reason=options["reason"])
        place = {"stage": str(state.place.stage), "share": state.place.share}
        self._answer(f"{group} is at {state.place}.", {"group": group, **place})

    def _told(self, said: str) -> None:
        if not self.as_json:
            self.stdout.write(f"  {said}")

    def _tell(self, planned: Plan) -> None:
        if self.as_json:
            return
        for each in planned.findings:
            self.stdout.write(f"{'ok     ' if each.ok else 'REFUSED'} {each.guard}: {each.said}")
            if each.command and not each.ok:
                self.stdout.write(f"        {each.command}")

    def _switch(self, group: str | None, using: str, options: dict[str, Any]) -> None:
        groups = sorted({mirror.group for mirror in mirrors()})
        if group is not None and group not in groups:
            raise MoveRefused(f"There is no group {group!r}. Registered are: {', '.join(groups) or 'none'}.")
        chosen = groups if group is None else [group]
        function = controls.kill if options["kill"] else controls.unkill
        if not options["dry_run"]:
            for each in chosen:
                function(each, using=using, reason=options["reason"])
        does = "SQL answers every read" if options["kill"] else "Reads go by the stage"
        self._answer(f"{does} of {', '.join(chosen)}.", {"groups": chosen, "dry_run": options["dry_run"]})

    def _subjects(self, group: str, using: str, options: dict[str, Any]) -> None:
        if not mirrors(group):
            raise MoveRefused(f"There is no group {group!r}; dynamo_status lists them.")
        change: Callable[..., State]
        named, change = next(
            (options[name], function)
            for name, function in (
                ("allow", controls.allow),
                ("deny", controls.deny),
                ("forget", controls.forget),
            )
            if options[name]
        )
        if options["dry_run"]:
            self._answer(f"The lists of {group} would change by {', '.join(named)}.", {"dry_run": True})
            return
        state = change(group, named, using=using, reason=options["reason"])
        lists = {"allow": sorted(state.allow), "deny": sorted(state.deny)}
        said = "; ".join(f"{name}: {', '.join(each) or 'nobody'}" for name, each in lists.items())
        self._answer(f"{group}: {said}.", lists)

    def _watch(self, using: str) -> None:
        looking, ended = watch.Watch(using), threading.Event()
        with until_signalled(ended):
            while not ended.is_set():
                for said in watch.watch_quietly(looking):
                    self.stdout.write(said)
                ended.wait(_TURN)

    def _done(self, said: str, planned: Plan, *, dry_run: bool = False) -> None:
        places = {
            name: {"stage": str(place.stage), "share": place.share}
            for name, place in (("from", planned.before), ("to", planned.after))
        }
        guards = [each.as_dict() for each in planned.findings]
        self._answer(said, {"group": planned.known.group, **places, "guards": guards, "dry_run": dry_run})

    def _answer(self, said: str, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps({"ok": True, **answer}) if self.as_json else said)

    def _failure(self, message: str, code: int, **answer: Any) -> CommandError:
        if self.as_json:
            self.stdout.write(json.dumps({"ok": False, "error": message, **answer}))
        return CommandError(message, returncode=code)
