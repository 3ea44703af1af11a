"""One person's requests: signed in, sent again where a pause asks for it, and put down in the ledger."""

import re
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx

from algoitny.demo.load.ledger import Ledger, Sample
from algoitny.timing import HEADER

PATIENCE = 60.0  # seconds until a request that is told to come again is given up
SIGNED_IN = 480.0  # seconds; an access token is good for ten minutes
_TIMING = re.compile(r'total;dur=([\d.]+), dynamodb;desc="(\d+)"')
_ERROR = re.compile(r'<pre class="exception_value">(.*?)</pre>', re.DOTALL)
MOST_SAID = 300  # characters of an answer that is an error
_PAUSE = "being switched"


class Refused(Exception):  # noqa: N818 - an outcome
    """A request was not answered as it should have been; the ledger has it."""


class Caller:
    """Somebody at a browser. email: of whom they sign in as, "" for nobody. signed_in: gives an access token, in place
    of signing in over HTTP, which one address may do only so often. One thread uses it."""

    def __init__(
        self, http: httpx.Client, ledger: Ledger, email: str = "", *, signed_in: Callable[[str], str] | None = None
    ) -> None:
        self._http, self._ledger, self.email = http, ledger, email
        self._issue = signed_in or self._sign_in
        self._token, self._signed_in_at = "", float("-inf")

    def get(self, path: str, what: str) -> Any:
        """The body of an answer with 200. what: the route, as the report names it."""
        return self._ask("GET", path, what, None, HTTPStatus.OK)

    def send(self, method: str, path: str, what: str, body: Any, *expected: int) -> Any:
        """The body of the answer to a write. expected: statuses; 200 where none is given."""
        return self._ask(method, path, what, body, *(expected or (HTTPStatus.OK,)))

    def _ask(self, method: str, path: str, what: str, body: Any, *expected: int) -> Any:
        headers = {}
        if self.email:
            headers["Authorization"] = f"Bearer {self._signed_in()}"
        return self._answered(method, path, what, body=body, headers=headers, expected=expected).json()

    def _signed_in(self) -> str:
        if time.monotonic() - self._signed_in_at > SIGNED_IN:
            self._token, self._signed_in_at = self._issue(self.email), time.monotonic()
        return self._token

    def _sign_in(self, email: str) -> str:
        path, body = "/api/auth/development/", {"email": email}
        answer = self._answered("POST", path, "sign in", body=body, headers={}, expected=(HTTPStatus.OK,))
        token: str = answer.json()["access"]
        return token

    def _answered(
        self, method: str, path: str, what: str, *, body: Any, headers: dict[str, str], expected: tuple[int, ...]
    ) -> httpx.Response:
        began = time.monotonic()
        while True:
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self._ledger.fail(f"{method} {path}: {type(error).__name__}: {error}")
                raise Refused from error
            if not _is_pause(answer) or time.monotonic() - began > PATIENCE:
                break
            self._ledger.told_to_come_again()
            time.sleep(float(answer.headers["Retry-After"]))
        if answer.status_code not in expected:
            self._ledger.fail(f"{method} {path}: {answer.status_code} {_said(answer)}")
            raise Refused
        found = _TIMING.search(answer.headers.get(HEADER, ""))
        took, asked = (float(found[1]) / 1000, int(found[2])) if found else (0.0, 0)
        store = ("dynamodb" if asked else "sql") if method == "GET" else ""
        now = time.monotonic()
        self._ledger.add(Sample(now, what, store, took, now - began))
        return answer


def _said(answer: httpx.Response) -> str:
    """The beginning of what an answer says; of Django's page of an error, the error."""
    found = _ERROR.search(answer.text)
    return " ".join((found[1] if found else answer.text).split())[:MOST_SAID]


def _is_pause(answer: httpx.Response) -> bool:
    return (
        answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        and "Retry-After" in answer.headers
        and _PAUSE in answer.text
    )


class Client(threading.Thread):
    """A thread of the traffic: does one thing after the other until it is told to end."""

    def __init__(self, http: httpx.Client, ledger: Ledger, ended: threading.Event) -> None:
        super().__init__(name=type(self).__name__, daemon=True)
        self.http, self.ledger, self.ended = http, ledger, ended
