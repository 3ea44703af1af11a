"""Requests to a service that may be busy or briefly gone: time-outs, and a few more tries with growing pauses."""

import random
import ssl
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

_BUSY = {429, 500, 502, 503, 504}
_LONGEST_PAUSE = 20.0  # seconds, also of what a service asks for by Retry-After
_SHOWN = 300  # characters of a refusal that a message repeats


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the certificates anew for each poll would cost more than the poll."""
    return httpx.create_ssl_context()


class ServiceError(Exception):
    """The service gave no usable answer; the message says which and why, and holds no credential."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service at a base URL. `name` is for messages; `headers` may hold credentials and are in none.

    `tries` is how often a request is sent at most; before each further one it waits `pause_seconds`, twice as long each
    time, more or less by chance so that clients do not come back together. `timeout_seconds` is for each step of one
    try: connecting, writing, and each wait for more of the answer.
    """

    name: str
    url: str
    headers: dict[str, str]
    tries: int = 4
    pause_seconds: float = 0.5
    timeout_seconds: float = 10.0

    def __repr__(self) -> str:
        return f"Service(name={self.name!r})"

    def request(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON. Connection errors, 429 and 5xx are tried again. Raises ServiceError."""
        for left in range(self.tries - 1, -1, -1):
            try:
                response = httpx.request(
                    method,
                    self.url.rstrip("/") + path,
                    headers=self.headers,
                    timeout=self.timeout_seconds,
                    verify=_trusted(),
                    **options,
                )
            except httpx.InvalidURL:
                raise ServiceError(f"{self.name} has a URL that is none.") from None
            except UnicodeEncodeError:  # whose text would be the key
                raise ServiceError(f"{self.name} has a key or token that is not ASCII and cannot be sent.") from None
            except httpx.TransportError as error:
                # Not its text: for an address with a password in it, that would be in there. UnsupportedProtocol too.
                if not left or isinstance(error, httpx.UnsupportedProtocol):
                    raise ServiceError(
                        f"{self.name} could not be reached ({type(error).__name__}, tried {self.tries - left} times)."
                    ) from None
                self._wait(left, None)
                continue
            if response.status_code in _BUSY and left:
                self._wait(left, response.headers.get("Retry-After"))
                continue
            return self._read(response)
        raise AssertionError("a service has at least one try")

    def _read(self, response: httpx.Response) -> Any:
        if not response.is_success:
            raise ServiceError(f"{self.name} answered {response.status_code}: {self._safe(response.text)}")
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            raise ServiceError(f"{self.name} answered with something that is no JSON.") from error

    def _safe(self, text: str) -> str:
        """The start of a refusal. Some services repeat the key that they refuse, so it is taken out."""
        for value in self.headers.values():
            for secret in {value, value.rpartition(" ")[2]} - {""}:
                text = text.replace(secret, "***")
        return " ".join(text.split())[:_SHOWN] or "nothing further"

    def _wait(self, left: int, asked: str | None) -> None:
        pause = self.pause_seconds * 2 ** (self.tries - 1 - left)
        if asked is not None and asked.isdecimal():
            pause = max(pause, float(asked))
        time.sleep(min(pause, _LONGEST_PAUSE) * random.uniform(0.75, 1.25))  # noqa: S311 - spreads, and hides nothing
