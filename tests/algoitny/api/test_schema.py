"""The interface's description: it is whole, it is valid, and its page loads nothing from elsewhere."""

import re

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import get_resolver

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """As the command makes it, which fails where anything is warned of."""
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text())


def routes(patterns=None, prefix="/"):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, path)
        elif path.startswith("/api/"):
            yield path, pattern.callback.cls


def test_every_method_of_every_route_is_described_with_its_answers(schema):
    described = {
        (path, method): operation["responses"]
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }
    expected = {
        (path, method)
        for path, view in routes()
        for method in METHODS
        if hasattr(view, method) and path not in {"/api/schema/", "/api/docs/"}
    }
    assert len(expected) > 30
    assert expected <= set(described)
    for operation, responses in described.items():
        assert responses, operation
        assert any(code.startswith("2") for code in responses), operation


def test_errors_are_described_as_problem_documents(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for code, response in operation["responses"].items():
                if code.startswith(("4", "5")):
                    assert set(response["content"]) == {"application/problem+json"}, (path, method, code)


def test_each_operation_has_a_name_of_its_own_and_says_what_it_does(schema):
    operations = [each for methods in schema["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names))
    for each in operations:
        assert each.get("description"), each["operationId"]


def test_the_description_is_served(client):
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert yaml.safe_load(response.content)["info"]["title"] == "AlgoItny"


def test_the_page_loads_nothing_from_elsewhere(client):
    response = client.get("/api/docs/", headers={"accept": "text/html"})
    assert response.status_code == 200
    page = response.content.decode()
    assert "//" not in re.sub(r"^\s*//.*$", "", page, flags=re.MULTILINE).replace("</", "")
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert len(loaded) >= 3
    for path in loaded:
        assert path.startswith("/static/")
        assert finders.find(path.removeprefix("/static/")), path
    assert "/api/schema/" in page
