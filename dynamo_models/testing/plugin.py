"""The pytest plugin: an endpoint for the session, tables for a test, and assertions on requests.

The engine is named by ``--dynamo-endpoint`` or DYNAMO_TEST_ENDPOINT: dynoxide (the first that can be had where nothing
is named), ministack, moto, dynamodb-local, or a URL. What one of them cannot do is marked by name:
``@pytest.mark.endpoint_cannot("moto", reason="...")``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

ENVIRONMENT = "DYNAMO_TEST_ENDPOINT"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("dynamo_models").addoption(
        "--dynamo-endpoint",
        default=os.environ.get(ENVIRONMENT, ""),
        help="the engine, or the URL, that tests use as DynamoDB",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "endpoint_cannot(engine, ..., reason): skipped on the engines that cannot do what is tested"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    engine = config.getoption("--dynamo-endpoint") or "dynoxide"
    for item in items:
        for mark in item.iter_markers("endpoint_cannot"):
            if not mark.args or not mark.kwargs.get("reason"):
                raise pytest.UsageError(f'{item.nodeid}: write endpoint_cannot("moto", reason="what it does instead")')
            if engine in mark.args:
                item.add_marker(pytest.mark.skip(reason=f"{engine} cannot: {mark.kwargs['reason']}"))


@pytest.fixture(scope="session")
def dynamo_engine(request: pytest.FixtureRequest) -> str:
    """The name (or the URL) of the endpoint in use."""
    return str(request.config.getoption("--dynamo-endpoint") or "dynoxide")


@pytest.fixture(scope="session")
def dynamo_endpoint(dynamo_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an endpoint of the session's own, which the settings point at while it lasts."""
    from django.conf import settings  # noqa: PLC0415 - settings are there once pytest-django has run
    from django.test.utils import override_settings  # noqa: PLC0415

    from dynamo_models import embedded  # noqa: PLC0415

    with ExitStack() as stack:
        url = dynamo_engine
        if not url.startswith("http"):
            directory = tmp_path_factory.mktemp("dynamo")
            url = stack.enter_context(embedded.serve_throwaway(dynamo_engine, directory)).url
        changed = {**getattr(settings, "DYNAMO_MODELS", {}), "ENDPOINT": url}
        stack.enter_context(override_settings(DYNAMO_MODELS=changed))
        yield url


@pytest.fixture
def dynamo_tables(dynamo_endpoint: str) -> Iterator[list[Any]]:  # noqa: ARG001 - it has to be there
    """Every table of the code, empty, for one test."""
    from dynamo_models.testing import fresh_tables  # noqa: PLC0415

    with fresh_tables() as tables:
        yield tables


@pytest.fixture
def isolated_tables() -> Iterator[None]:
    """Tables that the test defines are forgotten after it, and it meets no others."""
    from dynamo_models.testing import isolated_tables as block  # noqa: PLC0415

    with block():
        yield


@pytest.fixture
def make_tables(dynamo_endpoint: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:  # noqa: ARG001
    """Makes the tables that it is given, empty, for one test: ``make_tables(main)``."""
    from dynamo_models.testing import fresh_tables  # noqa: PLC0415

    # Where a test changes settings by pytest-django's fixture as well, one of them puts all of it back.
    project = request.getfixturevalue("settings") if request.config.pluginmanager.hasplugin("django") else None
    with ExitStack() as stack:

        def make(*tables: Any, **overrides: Any) -> None:
            stack.enter_context(fresh_tables(tables, into=project, **overrides))

        yield make


@pytest.fixture
def assert_requests() -> Callable[[int], AbstractContextManager[Any]]:
    """``with assert_requests(1): ...``"""
    from dynamo_models.testing import assert_requests as function  # noqa: PLC0415

    return function


@pytest.fixture
def assert_no_scan() -> Callable[[], AbstractContextManager[Any]]:
    """``with assert_no_scan(): ...``"""
    from dynamo_models.testing import assert_no_scan as function  # noqa: PLC0415

    return function


@pytest.fixture
def dynamo_usage() -> Iterator[Any]:
    """The requests that the test makes, and what they cost."""
    from dynamo_models import capture  # noqa: PLC0415

    with capture() as usage:
        yield usage


@pytest.fixture
def drain() -> Callable[..., int]:
    """``drain()`` mirrors everything that waits, within the test's transaction; AssertionError for what cannot be."""
    from dynamo_models.testing.mirror import drain as function  # noqa: PLC0415

    return function


@pytest.fixture
def assert_mirrored() -> Callable[..., None]:
    """``assert_mirrored(Product)``: both stores hold the same of it; without arguments, of all that is mirrored."""
    from dynamo_models.testing.mirror import assert_mirrored as function  # noqa: PLC0415

    return function


@pytest.fixture
def override_stage() -> Callable[..., AbstractContextManager[None]]:
    """``with override_stage("group", "reading", share=50): ...``"""
    from dynamo_models.testing.cutover import override_stage as function  # noqa: PLC0415

    return function
