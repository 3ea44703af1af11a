"""Experiments, flags and overrides as JSON, and the bodies of their routes."""

import json
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from algoitny.api.strict import Body, Text, Whole
from algoitny.experiments import statuses
from algoitny.experiments.access import tags
from algoitny.experiments.items import TYPES
from algoitny.experiments.weights import MAX_WEIGHT

_NAME, _LONG, _ID = 100, 2000, 36
MAX_EVENTS = 100
MAX_DATA = 10_000  # characters of an event's data, or of a value, as JSON
MAX_ATTRIBUTES = 50


class Anything(serializers.JSONField):
    """Any JSON of at most so many characters."""

    def __init__(self, *, most: int = MAX_DATA, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def to_internal_value(self, data: Any) -> Any:
        size = len(json.dumps(data))
        if size > self.most:
            raise ValidationError(f"It has {size} characters as JSON; at most {self.most} are taken.")
        return data


class CallerBody(Body):
    user_identifier = Text(
        max_length=200,
        required=False,
        help_text="Who an anonymous caller is, as they always say. A signed-in caller is who the token says.",
    )


class AssignBody(CallerBody):
    experiment_id = Text(max_length=_ID)


class EvaluateBody(CallerBody):
    flag = Text(max_length=_NAME, help_text="The flag's name.")
    attributes = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        default=dict,
        help_text="What the rules are asked about. `signed_in` and `staff` are this server's to say.",
    )

    def validate_attributes(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > MAX_ATTRIBUTES:
            raise ValidationError(f"There are {len(value)} attributes; at most {MAX_ATTRIBUTES} are taken.")
        return value


class EventBody(Body):
    event_type = Text(max_length=_NAME)
    data = Anything(default=dict)
    experiment_id = Text(max_length=_ID, required=False)


class TrackBody(CallerBody):
    events = EventBody(many=True, allow_empty=False, max_length=MAX_EVENTS)


class VariationBody(Body):
    name = Text(max_length=_NAME)
    description = Text(max_length=_LONG, default="", allow_blank=True)
    value = Anything(default=None, allow_null=True)
    weight = Whole(min_value=0, max_value=MAX_WEIGHT, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "name" not in attrs:  # a part of a body may leave fields out, and this is none that it may
            raise ValidationError({"name": ["This field is required."]})
        return attrs


def _tags(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=tags.MAX_LENGTH), max_length=tags.MAX_TAGS, **options)


class ExperimentBody(Body):
    name = Text(max_length=_NAME)
    description = Text(max_length=_LONG, default="", allow_blank=True)
    variations = VariationBody(many=True, allow_empty=False)
    owner = Text(max_length=200, required=False, help_text="The caller's address where it is left out.")
    tags = _tags(default=list)


class OverrideOfOneBody(Body):
    user_id = Text(max_length=250)
    variation = Text(max_length=_NAME, help_text="Its id or its name.")


class StatusBody(Body):
    status = serializers.ChoiceField(statuses.STATUSES)
    override = OverrideOfOneBody(required=False, help_text="Given to a user in the same transaction.")


class FlagBody(Body):
    name = Text(max_length=_NAME)
    description = Text(max_length=_LONG, default="", allow_blank=True)
    rules = serializers.JSONField()
    status = serializers.ChoiceField(statuses.FLAG_STATUSES, default="inactive")
    tags = _tags(default=list)


class FlagChangesBody(Body):
    description = Text(max_length=_LONG, allow_blank=True)
    rules = serializers.JSONField()
    status = serializers.ChoiceField(statuses.FLAG_STATUSES)
    tags = _tags()


class OverrideBody(Body):
    user_id = Text(max_length=250, help_text="`user:17`, or `anonymous:` and what an anonymous caller goes by.")
    target = Text(max_length=_NAME, help_text="An experiment's id, or a flag's name.")
    type = serializers.ChoiceField(TYPES)
    value = Anything(allow_null=True, help_text="A variation's id or name, or what the flag comes to.")


class VariationSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    weight = serializers.IntegerField()


class AssignedSerializer(serializers.Serializer):
    experiment_id = serializers.CharField()
    variation = VariationSerializer(allow_null=True, help_text="null for whom is not assigned while nobody is.")
    source = serializers.ChoiceField(["override", "assignment"], allow_null=True)


class EvaluatedSerializer(serializers.Serializer):
    flag = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    source = serializers.ChoiceField(["override", "rule", "default", "inactive"])
    rule = serializers.IntegerField(allow_null=True, help_text="The number of the rule that decided, from 0.")


class TrackedSerializer(serializers.Serializer):
    tracked = serializers.IntegerField()


class ExperimentSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(statuses.STATUSES)
    variations = VariationSerializer(many=True)
    owner = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class FlagSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    rules = serializers.JSONField()
    status = serializers.ChoiceField(statuses.FLAG_STATUSES)
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OverrideSerializer(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    target_id = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    value = serializers.JSONField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(source="ttl")


class AssignmentSerializer(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    experiment_id = serializers.CharField()
    variation = serializers.CharField()
    assigned_at = serializers.DateTimeField()


class ConversionSerializer(serializers.Serializer):
    variation = serializers.CharField()
    assigned = serializers.IntegerField()
    converted = serializers.IntegerField(help_text="Users, each counted once.")
    events = serializers.IntegerField()
    rate = serializers.FloatField()


class ConversionsSerializer(serializers.Serializer):
    items = ConversionSerializer(many=True)
