"""The tables that the mirror and the stream consumer keep beside the application's own."""

from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.log.runs import BackfillRange, BackfillRun, Mismatch, VerifyRun
from dynamo_models.streams.models import StreamPosition

__all__ = [
    "BackfillRange",
    "BackfillRun",
    "Change",
    "Failure",
    "MirroredKey",
    "Mismatch",
    "StreamPosition",
    "VerifyRun",
]
