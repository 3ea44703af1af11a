"""Bodies read strictly: a field that is unknown or of another type is refused by name, never ignored or converted.

A route's body is a subclass of Body, read by `read_body`.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.settings import api_settings

from algoitny.api.errors import TooLarge
from algoitny.api.parameters import MAX_ID, read_parameters

__all__ = ["MAX_ID", "Body", "Flag", "Text", "Whole", "read_body"]

_SHOWN = 40  # characters of an unknown field's name


class Text(serializers.CharField):
    """A text as it was sent, white space too: no number that is taken for one.

    max_bytes: of its UTF-8; more is answered with 413 and not with 400. NUL and halves of surrogate pairs are refused.
    """

    def __init__(self, *, max_bytes: int | None = None, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **options})
        self.max_bytes = max_bytes

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if self.max_bytes is not None and isinstance(data, str):
            size = len(data.encode(errors="surrogatepass"))
            if size > self.max_bytes:
                raise TooLarge(f"{self.field_name} has {size} bytes; at most {self.max_bytes} are taken.")
        return super().run_validation(data)


class Flag(serializers.BooleanField):
    """true or false, and no word or number that could stand for one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A whole number, and no text that reads like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Body(serializers.Serializer):
    """The fields that a body may have."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            said = f"Unknown field {unknown[0][:_SHOWN]!r}. This takes: {', '.join(sorted(self.fields))}."
            # By field, as REST framework means it to be: what is wrong with the whole has a name of its own.
            raise serializers.ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [said]})
        return super().to_internal_value(data)


def read_body(request: Request, body: type[Body], *, partial: bool = False) -> dict[str, Any]:
    """The body's fields by name. Raises ValidationError, ParseError or TooLarge.

    partial: fields may be left out, but not all of them. A route that takes a body takes no parameters.
    """
    read_parameters(request, [])
    read = body(data=request.data, partial=partial)
    read.is_valid(raise_exception=True)
    values = dict(read.validated_data)
    if partial and not values:
        raise ParseError(f"There is nothing to change in the body. Give one or more of: {', '.join(read.fields)}.")
    return values
