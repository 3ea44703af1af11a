"""Brings every row that was there before the mirror into it, through the change log like any other write."""

from dynamo_models.mirror.backfill.control import cancel, latest, pause, resume, start
from dynamo_models.mirror.backfill.estimate import Estimate, estimate
from dynamo_models.mirror.backfill.run import Options, carry_out
from dynamo_models.mirror.backfill.statuses import NotNow

__all__ = ["Estimate", "NotNow", "Options", "cancel", "carry_out", "estimate", "latest", "pause", "resume", "start"]
