"""Whether the ranges of a read, merged, are in the order that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dynamo_models.keys.facets import FacetKind
from dynamo_models.keys.template import Facet
from dynamo_models.reading.facts import Fact
from dynamo_models.reading.ranges import SortRange
from dynamo_models.schema.key import BoundKey, PlainHalf, TemplateHalf

Order = Sequence[tuple[str, bool]]  # (attribute, descending)


def undecided(order: Order, facts: Mapping[str, Fact]) -> list[tuple[str, bool]]:
    """The part of an order that still decides something: an attribute of one value does not."""
    return [(name, down) for name, down in order if not (name in facts and facts[name].single)]


def in_order(
    order: Order, key: BoundKey, facts: Mapping[str, Fact], sorts: Sequence[SortRange], *, by_stem: bool
) -> bool:
    """Whether the ranges are in this order when they are merged behind what all keys of the read begin with (the order
    of the key itself), or else behind what those of each range begin with."""
    wanted = undecided(order, facts)
    if not wanted or not sorts:
        return True
    if len({down for _, down in wanted}) > 1 or key.sk is None:
        return False
    sort = sorts[0]  # all are of one shape
    if isinstance(key.sk, PlainHalf):
        segments = (*sort.fanned, *range(sort.at, 1)) if by_stem else tuple(range(sort.at, 1))
        return [key.sk.name for _ in segments][: len(wanted)] == [name for name, _ in wanted]
    count = len(key.sk.template.segments)
    segments = (*sort.fanned, *range(sort.at, count)) if by_stem else tuple(range(sort.at, count))
    sorted_by = _sorted_by(key.sk, segments, facts)
    return sorted_by[: len(wanted)] == [name for name, _ in wanted]


def sorted_by(key: BoundKey, facts: Mapping[str, Fact], sorts: Sequence[SortRange]) -> list[str]:
    """What a read is sorted by behind what is given."""
    if isinstance(key.sk, PlainHalf):
        return [key.sk.name]
    if key.sk is None or not sorts:
        return []
    return _sorted_by(key.sk, tuple(range(sorts[0].at, len(key.sk.template.segments))), facts)


def _sorted_by(half: TemplateHalf, segments: Sequence[int], facts: Mapping[str, Fact]) -> list[str]:
    """The attributes that these segments sort by, up to the first whose texts do not sort as its values do."""
    template = half.template
    found: list[str] = []
    for at in segments:
        facet = template.segments[at]
        if not isinstance(facet, Facet) or (facet.name in facts and facts[facet.name].single):
            continue
        kind = template.kind(facet)
        following = template.segments[at + 1] if at + 1 < len(template.segments) else None
        if kind.lossy and isinstance(following, Facet) and following.name == facet.name:
            continue  # a day and then the whole time sort as the time does
        # Texts of any length sort as they are at the end of a key only: a delimiter would stand behind them.
        whole = kind.fixed or following is None or _sort_before(kind, template.delimiter)
        if kind.lossy or not kind.ordered or not whole:
            break
        found.append(facet.name)
    return found


def _sort_before(kind: FacetKind, delimiter: str) -> bool:
    """Whether the few texts that a facet can have sort the same with a delimiter behind each."""
    texts = kind.texts()
    return texts is not None and sorted(texts, key=lambda text: text + delimiter) == sorted(texts)
