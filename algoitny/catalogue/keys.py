"""Keys in words: what stands in each half, whatever the values."""

from typing import Any

from dynamo_models.schema.key import BoundKey, PlainHalf


def text_of(key: BoundKey, sort: str | None = "") -> str:
    """A key's two halves, as ``PK = USER#{id}, SK = PROFILE``. sort: the condition on the sort key in place of that it
    is the key's own; None where there is none."""
    parts = [f"{key.pk.attribute.name} = {_shape(key.pk)}"]
    if key.shards:
        parts[0] += "#{0…" + str(key.shards - 1) + "}"
    if key.sk is not None and sort is not None:
        parts.append(f"{key.sk.attribute.name} {sort or f'= {_shape(key.sk)}'}")
    return ", ".join(parts)


def sort_text(key: BoundKey, condition: Any) -> str:
    """A condition on a sort key, as ``begins_with MSG#`` or ``BETWEEN``."""
    half = key.sk
    assert half is not None  # noqa: S101 - there is a condition on it
    if condition.operator == "=":
        return f"= {_shape(half)}"
    if condition.operator == "begins_with" and not isinstance(half, PlainHalf):
        template = half.template
        begun = next(iter(condition.operands[0].values())).count(template.delimiter)
        return f"begins_with {template.delimiter.join([*template.text.split(template.delimiter)[:begun], ''])}"
    return condition.operator if condition.operator == "BETWEEN" else f"{condition.operator} {_shape(half)}"


def _shape(half: Any) -> str:
    return f"{{{half.name}}}" if isinstance(half, PlainHalf) else half.template.text
