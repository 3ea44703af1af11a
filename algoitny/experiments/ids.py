"""Ids that are derived from what they stand for, so that one item is all there can be of it, and one read finds it."""

import json
import uuid

from algoitny.experiments.errors import NotThereError

_NAMESPACE = uuid.UUID("6d0c6f0e-3c55-4a57-9a0e-51a6f4c0a9a1")


def assignment_id(user_id: str, experiment_id: str) -> uuid.UUID:
    """One assignment for a user and an experiment: whoever is first to write it has made it."""
    return _derived("assignment", user_id, experiment_id)


def override_id(user_id: str, target_id: str, kind: str) -> uuid.UUID:
    """One override for a user and an experiment or a flag: a new one replaces it."""
    return _derived("override", kind, user_id, target_id)


def flag_id(name: str) -> uuid.UUID:
    """One flag of a name, which code asks for by it."""
    return _derived("flag", name)


def variation_id(experiment_id: uuid.UUID, name: str) -> str:
    """A variation's, which no other experiment's has: variation-index is keyed by it alone."""
    return str(_derived("variation", str(experiment_id), name))


def _derived(*parts: str) -> uuid.UUID:
    # As JSON: no two lists of parts have one text.
    return uuid.uuid5(_NAMESPACE, json.dumps(parts))


def read(text: str | uuid.UUID) -> uuid.UUID:
    """The id in a text. Raises NotThereError for a text that is no item's id."""
    try:
        return text if isinstance(text, uuid.UUID) else uuid.UUID(text)
    except ValueError as error:
        raise NotThereError(f"{text!r} is no id; an id is a UUID.") from error
