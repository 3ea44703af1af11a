"""OpenTelemetry spans around what takes long, where opentelemetry-api is installed; nothing where it is not.

It comes with ``dynamo-models[tracing]``; without an SDK that a project sets up, spans go nowhere and cost next to
nothing. Names: ``dynamo_models.sync`` (rows of one mirror on their way to DynamoDB), ``.relay`` (a batch of the change
log), ``.backfill`` (the next rows of a range), ``.verify`` (a whole verification), ``.move`` (of a group, by an
operator's page) and ``.switch`` (a step of the move of authority). Attributes are named ``dynamo_models.database``,
``.mirror``, ``.group``, ``.rows``, ``.run``, ``.scope``, ``.to``, ``.direction`` and ``.step``; keys and values are
never among them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

try:
    from opentelemetry import trace
except ImportError:  # the extra is not installed
    _tracer = None
else:
    _tracer = trace.get_tracer("dynamo_models")

_PREFIX = "dynamo_models"


def span(name: str, **attributes: str | float) -> AbstractContextManager[object]:
    """A span for the block, below the current one; an error that leaves the block is recorded as its status."""
    if _tracer is None:
        return nullcontext()
    named = {f"{_PREFIX}.{key}": value for key, value in attributes.items()}
    return _tracer.start_as_current_span(f"{_PREFIX}.{name}", attributes=named)
