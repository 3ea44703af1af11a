"""System checks of mirrors: a mapping says where each attribute comes from, and forgets no field.

E025 an attribute that nothing gives a value to · E026 a field of the model that no item has · E027 a mapping that
cannot be followed · W028 a mirror without triggers, which guarantees nothing
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

from dynamo_models.errors import DefinitionError
from dynamo_models.mirror.registration import Mirror, mirrors

TAG = "dynamo_models"


def check_mirrors(**_: Any) -> list[CheckMessage]:
    """Every registered mirror."""
    return [message for mirror in mirrors() for message in check_mirror(mirror)]


def check_mirror(mirror: Mirror) -> Iterator[CheckMessage]:
    """The findings of one mirror."""
    try:
        attributes, fields = mirror.unmapped()
        _ = mirror.dependencies
    except DefinitionError as error:
        yield _error(mirror, "E027", str(error), "Mend the path in `fields` of dual_write().")
        return
    if mirror.capture == "orm":
        yield checks.Warning(
            f"{mirror.label} is watched through Django's ORM alone: writes of raw SQL, of other programs and of the "
            "database itself can pass the mirror by. Some are detected; none is guaranteed to be.",
            hint='Leave out capture="orm" where the database allows triggers. Where it does not, run dynamo_verify '
            "every day, and silence this check.",
            obj=mirror.model,
            id="dynamo_models.W028",
        )
    entity = mirror.entity.__name__
    if attributes:
        yield _error(
            mirror,
            "E025",
            f"Nothing gives a value to {', '.join(attributes)} of {entity}.",
            "Say in `fields` of dual_write() where it comes from: a path, or computed(function, *paths).",
        )
    if fields:
        yield _error(
            mirror,
            "E026",
            f"{', '.join(fields)} of {mirror.label} would not be mirrored: {entity} has no such attribute.",
            "Map it in `fields`, or say that it is left out: exclude=[...].",
        )


def _error(mirror: Mirror, number: str, message: str, hint: str) -> CheckMessage:
    return checks.Error(message, hint=hint, obj=mirror.model, id=f"dynamo_models.{number}")
