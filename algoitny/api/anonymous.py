"""Limits on callers without an account, by their address: so many runs, and so many tries to sign in."""

from functools import cache
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dynamo_models.limits.addresses import AddressLimiter
from dynamo_models.limits.throttles import told


@cache
def limiter_of(action: str) -> AddressLimiter:
    """The limiter of an action, as settings.ALGOITNY_ADDRESS_RATES has it. In Redis where processes share a cache."""
    return AddressLimiter(
        settings.ALGOITNY_ADDRESS_RATES[action],
        name=action,
        storage=settings.ALGOITNY_CACHE or "memory://",
        trusted_proxies=settings.ALGOITNY_TRUSTED_PROXIES,
    )


class AddressThrottle(BaseThrottle):
    action: str

    def allow_request(self, request: Request, view: Any) -> bool:
        return told(limiter_of(self.action).consume(request, self.action), request, view)


class AnonymousRuns(AddressThrottle):
    """Runs of those who are not signed in: others have a plan."""

    action = "run"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated or super().allow_request(request, view)


class SignIns(AddressThrottle):
    action = "sign-in"
