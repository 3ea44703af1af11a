"""The tables that the mirror, the cutover and the stream consumer keep beside the application's own."""

from dynamo_models.cutover.records import GroupState, GroupStep, ReadMismatch, ReadTally, UnservedRead
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.log.runs import BackfillRange, BackfillRun, Mismatch, VerifyRun
from dynamo_models.mirror.log.unseen import Unseen
from dynamo_models.streams.models import StreamPosition
from dynamo_models.switch.records import CanarySeen, ChangedRow, Passage, ReturningKey, Switch

__all__ = [
    "BackfillRange",
    "BackfillRun",
    "CanarySeen",
    "Change",
    "ChangedRow",
    "Failure",
    "GroupState",
    "GroupStep",
    "MirroredKey",
    "Mismatch",
    "Passage",
    "ReadMismatch",
    "ReadTally",
    "ReturningKey",
    "StreamPosition",
    "Switch",
    "Unseen",
    "UnservedRead",
    "VerifyRun",
]
