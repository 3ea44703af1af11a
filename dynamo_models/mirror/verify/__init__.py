"""Compares both stores in both directions, and says where they differ; it writes to neither."""

from dynamo_models.mirror.verify.follow import follow, seq_at
from dynamo_models.mirror.verify.repair import Repaired, repair
from dynamo_models.mirror.verify.run import Options, Verified, resume, verify
from dynamo_models.mirror.verify.self_test import SelfTest, self_test

__all__ = [
    "Options",
    "Repaired",
    "SelfTest",
    "Verified",
    "follow",
    "repair",
    "resume",
    "self_test",
    "seq_at",
    "verify",
]
