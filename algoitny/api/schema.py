"""What the routes' descriptions for OpenAPI share: problem documents, pages, and the parameters of lists."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from algoitny.api.errors import MEDIA_TYPE
from algoitny.api.parameters import MAX_PAGE_SIZE, PAGE_SIZE

Answers = dict[int | tuple[int, str], Any]


class ErrorSerializer(serializers.Serializer):
    """RFC 9457: what is wrong, and where it can be said, what to do."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


def answers(good: Any, *errors: int, status: int = 200) -> Answers:
    """A route's responses: the good one, and the statuses of the problem documents that it may answer instead."""
    return {status: good, **{(error, MEDIA_TYPE): ErrorSerializer for error in errors}}


@cache  # two routes with the same page share its one component
@cache
def page_of(item: type[serializers.Serializer], *, within_budget: bool = False) -> serializers.Serializer:
    """A list's page; the same one for the same question, as a component has one class.

    within_budget: the list may end a page before it is full, and says so.
    """
    fields: dict[str, serializers.Field] = {
        "items": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text="The cursor of what follows; null at the end."),
    }
    if within_budget:
        fields["complete"] = serializers.BooleanField(
            help_text="False where the page ends before it is full, as a read's budget was spent; `next` goes on."
        )
    kind = "PartialPageOf" if within_budget else "PageOf"
    return inline_serializer(f"{kind}{item.__name__.removesuffix('Serializer')}", fields)


def query(name: str, said: str, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """An optional query parameter."""
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=said)


LIMIT = query("limit", f"Rows of a page, 1 to {MAX_PAGE_SIZE}; {PAGE_SIZE} where it is left out.", OpenApiTypes.INT)
CURSOR = query("cursor", "`next` of the page before, with the same filters.")
PAGING = [LIMIT, CURSOR]
