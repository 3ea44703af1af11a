"""What text may become a facet of a key, said once: the models, the importers and the routes hold to the same rule."""

from django.core.exceptions import ValidationError


def facet_refusal(value: str) -> str | None:
    """Why the value cannot be a facet, or None. '#' divides the facets of a key, and an empty one names nothing."""
    if not value:
        return "is empty"
    if "#" in value:
        return "contains '#', which divides the parts of a DynamoDB key"
    if value != value.strip():
        return "begins or ends with white space"
    if not value.isprintable():
        return "contains a character that cannot be printed"
    return None


def path_facet_refusal(value: str) -> str | None:
    """facet_refusal, and what a segment of a route cannot carry."""
    if "/" in value:
        return "contains '/', which divides the parts of a route"
    if value in {".", ".."}:
        return f"is {value!r}, which a route takes for a folder"
    return facet_refusal(value)


def askable(*texts: object) -> bool:
    """Whether a row can hold these at all: none has a NUL, and PostgreSQL refuses even the question."""
    return not any(isinstance(text, str) and "\x00" in text for text in texts)


def validate_facet(value: str) -> None:
    if reason := facet_refusal(value):
        raise ValidationError(f"{value!r} {reason}.", code="facet")


def validate_path_facet(value: str) -> None:
    if reason := path_facet_refusal(value):
        raise ValidationError(f"{value!r} {reason}.", code="facet")
