"""What a response says of limits: header fields, and a problem document where a use is refused.

RateLimit-Policy and RateLimit are lists of RFC 9651, as draft-ietf-httpapi-ratelimit-headers-11 (May 2026) has them:
for each window an item, its name, with q (the quota), w (seconds), r (what is left) and t (seconds until it is there
again). The document is RFC 9457's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from dynamo_models.limits.decision import Decision, Quota

MEDIA_TYPE = "application/problem+json"
EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def fields(*decisions: Decision) -> dict[str, str]:
    """The header fields of a response that these decisions stand behind; none of a window without a limit.

    Where it is not known how much was used, the policy is said alone. Retry-After is the longest wait of those that
    refuse.
    """
    quotas = [quota for decision in decisions for quota in decision.quotas if quota.limit >= 0]
    found = {
        "RateLimit-Policy": _listed(quotas, lambda quota: (("q", quota.limit), ("w", quota.seconds))),
        "RateLimit": _listed(
            [quota for quota in quotas if quota.remaining is not None],
            lambda quota: (("r", quota.remaining), ("t", quota.reset_after)),
        ),
        "Retry-After": ", ".join(map(str, _longest(decisions))),
    }
    return {name: value for name, value in found.items() if value}


def problem(decision: Decision) -> dict[str, Any]:
    """The members of the document that says why a use is refused."""
    status = HTTPStatus(decision.status)
    about: dict[str, Any] = {"type": "about:blank", "title": status.phrase}
    if decision.status == HTTPStatus.TOO_MANY_REQUESTS:
        refusing = [quota.window for quota in decision.quotas if quota.refuses]
        about = {"type": EXCEEDED, "title": "Quota exceeded", "violated-policies": refusing}
    return {**about, "status": int(status), "detail": sentence(decision)}


def sentence(decision: Decision) -> str:
    """Why a use is refused, for whoever asked for it."""
    if decision.reason == "unavailable":
        return f"Whether {decision.action!r} is within its limits cannot be told now. Try again later."
    if decision.reason == "refunded":
        return "This request's use was given back. Send a new request, with an id of its own."
    refusing = next((quota for quota in decision.quotas if quota.refuses), None)
    if refusing is None:
        return "The use was refused."
    left = "none is left" if refusing.remaining in (0, None) else f"{refusing.remaining} left"
    text = f"{decision.action!r} is limited to {refusing.limit} in window {refusing.window!r}; {left}"
    wait = decision.retry_after
    return f"{text}. Try again in {wait} seconds." if wait is not None else f"{text}."


def _listed(quotas: Iterable[Quota], parameters: Any) -> str:
    # Names of windows are plain, so that a string needs no escapes.
    return ", ".join(
        f'"{quota.window}"' + "".join(f";{name}={value}" for name, value in parameters(quota) if value is not None)
        for quota in quotas
    )


def _longest(decisions: Sequence[Decision]) -> list[int]:
    waits = [decision.retry_after for decision in decisions if decision.retry_after is not None]
    return [max(waits)] if waits else []
