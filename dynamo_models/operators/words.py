"""What each stage means for people who read and write, in a sentence; for the pages."""

from __future__ import annotations

from dynamo_models.cutover.stages import Place

_MEANINGS = {
    "off": "SQL answers every read and takes every write. Nothing is promised of the mirror.",
    "mirror": "Every write to SQL is captured and mirrored. SQL answers every read.",
    "backfilled": "Every row that was there before is mirrored too. SQL answers every read.",
    "verified": "Both stores were compared in full, and are compared on. SQL answers every read.",
    "shadow": "SQL answers every read. A sample is asked of DynamoDB as well, and compared.",
    "reading": "DynamoDB answers {share} % of reads, by a hash of who asks. SQL keeps authority and takes writes.",
    "switching": "Writes are paused while authority moves, for at most 30 seconds.",
    "dynamodb": "DynamoDB has authority: it answers reads and takes writes, which are mirrored back to SQL.",
    "final": "DynamoDB alone. SQL is a read-only archive, and there is no way back.",
    "complete": "The archive is exported, and what the cutover needed is removed. There is no way back.",
}


def meaning(place: Place) -> str:
    """What reads and writes are like there; empty for a stage that has no words yet."""
    return _MEANINGS.get(str(place.stage), "").format(share=place.share)
