"""Bodies as JSON in UTF-8, whatever they say of themselves. How long one may be is Django's to check.

Nothing of ours is imported here: REST framework loads this module while it loads its own views.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonParser(JSONParser):
    """REST framework's lets a body that is nested deep end as a failure of the server."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 - REST framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """The value in the body. Raises ParseError."""
        try:
            return json.loads(stream.read().decode("utf-8"), parse_constant=_refuse)
        except ValueError as error:  # also where it is not UTF-8
            raise ParseError(f"The body is no JSON: {error}") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deep.") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
