"""What the routes of people and plans take."""

from typing import Any

from rest_framework import serializers

from algoitny.accounts.models import NO_LIMIT
from algoitny.api.parameters import MAX_ID
from algoitny.api.strict import Body, Flag, Text, Whole
from algoitny.facets import validate_facet

# A token of Google's has about 1,200 characters.
_TOKEN = 8_000
# What SQL's integer columns hold.
_MOST = 2**31 - 1


class WebAddress(serializers.URLField):
    """An address that a page may show as a picture: of the web, and nothing that a browser would run."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if text and not text.lower().startswith(("https://", "http://")):
            self.fail("invalid")
        return text


class GoogleSignIn(Body):
    id_token = Text(max_length=_TOKEN)


class RefreshToken(Body):
    refresh = Text(max_length=_TOKEN)


class DevelopmentSignIn(Body):
    email = serializers.EmailField(max_length=254)
    name = Text(max_length=200, required=False, allow_blank=True)


class Profile(Body):
    name = Text(max_length=200, allow_blank=True, trim_whitespace=True)
    picture = WebAddress(max_length=500, allow_blank=True)


class PlanChoice(Body):
    plan = Whole(min_value=1, max_value=MAX_ID, allow_null=True)


class UserChange(Body):
    is_active = Flag()
    is_staff = Flag()
    plan = Whole(min_value=1, max_value=MAX_ID, allow_null=True)


class PlanValues(Body):
    """A plan; what is left out of a new one is as SubscriptionPlan has it."""

    name = Text(max_length=100, validators=[validate_facet])
    description = Text(max_length=10_000, required=False, allow_blank=True)
    max_hints_per_day = Whole(min_value=NO_LIMIT, max_value=_MOST, required=False)
    max_executions_per_day = Whole(min_value=NO_LIMIT, max_value=_MOST, required=False)
    max_problems = Whole(min_value=NO_LIMIT, max_value=_MOST, required=False)
    can_view_all_problems = Flag(required=False)
    can_register_problems = Flag(required=False)
    is_active = Flag(required=False)
