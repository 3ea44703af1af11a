"""The tables that the mirror keeps beside the application's own, in each database that it captures."""

from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.log.runs import BackfillRange, BackfillRun, Mismatch, VerifyRun

__all__ = ["BackfillRange", "BackfillRun", "Change", "Failure", "MirroredKey", "Mismatch", "VerifyRun"]
