"""Limits on callers without an account, by the address that they call from: kept in Redis, or in this process.

They are for courtesy and against floods, and need no log; ``limits`` counts them in a moving window.
"""

from __future__ import annotations

import ipaddress
import time
from datetime import UTC, datetime
from typing import Any, Literal

from django.http import HttpRequest
from limits import parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from dynamo_models.errors import DefinitionError
from dynamo_models.limits.decision import Decision, Quota, Reason

# What one customer of a provider is given.
_IPV6_PREFIX = 64


class AddressLimiter:
    """``AddressLimiter("20/minute", storage="redis://cache:6379/0", trusted_proxies=1)``.

    rate: uses in a time, as ``limits`` writes it. storage: ``"memory://"`` is for one process alone, and forgets with
    it. trusted_proxies: how many stand in front of this server and append to X-Forwarded-For; what is said beyond them
    the caller may have made up. name: what these uses are counted apart by. on_unavailable: what a use gets while the
    storage does not answer. DefinitionError for a rate that cannot be read.
    """

    def __init__(
        self,
        rate: str,
        *,
        name: str = "address",
        storage: str = "memory://",
        trusted_proxies: int = 0,
        on_unavailable: Literal["deny", "allow"] = "allow",
    ) -> None:
        try:
            self._rate = parse(rate)
        except ValueError as error:
            raise DefinitionError(f"{rate!r} is no rate; 20/minute is one.") from error
        if trusted_proxies < 0:
            raise DefinitionError("trusted_proxies is the number of proxies in front of this server: 0 or more.")
        options: dict[str, Any] = {} if storage.startswith("memory") else {"socket_timeout": 0.25}
        self.storage = storage_from_string(storage, wrap_exceptions=True, **options)
        self._limiter = MovingWindowRateLimiter(self.storage)
        self.name, self.trusted_proxies, self.on_unavailable = name, trusted_proxies, on_unavailable

    def consume(self, request: HttpRequest, action: str, *, cost: int = 1) -> Decision:
        """Admit a use of the caller's, or do not: as a limiter's own ``consume`` answers."""
        address = client_address(request, self.trusted_proxies)
        try:
            allowed = self._limiter.hit(self._rate, self.name, action, address, cost=cost)
            held = self._limiter.get_window_stats(self._rate, self.name, action, address)
        except StorageError:
            return self._decision("unavailable", address, action, cost, allowed=self.on_unavailable == "allow")
        quota = Quota(
            window=self.name,
            limit=self._rate.amount,
            used=self._rate.amount - held.remaining,
            seconds=self._rate.get_expiry(),
            reset_after=max(1, -int((time.time() - held.reset_time) // 1)),
            refuses=not allowed,
        )
        return self._decision("admitted" if allowed else "limit", address, action, cost, quota, allowed=allowed)

    def _decision(
        self, reason: Reason, address: str, action: str, cost: int, *quotas: Quota, allowed: bool
    ) -> Decision:
        at = datetime.now(UTC)
        return Decision(allowed=allowed, reason=reason, user_id=address, action=action, cost=cost, at=at, quotas=quotas)


def client_address(request: HttpRequest, trusted_proxies: int) -> str:
    """The address that the outermost trusted proxy was called from, IPv6 as its network of 64 bits.

    Each trusted proxy has appended the address of its own caller. Where fewer are there than are trusted, or it is no
    address, the caller has come past a proxy, and counts as the address that is connected to this server.
    """
    connected = str(request.META.get("REMOTE_ADDR", ""))
    said = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    chosen = said[-trusted_proxies] if 0 < trusted_proxies <= len(said) else connected
    return _normal(chosen) or _normal(connected) or connected


def _normal(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
