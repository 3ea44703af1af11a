"""The pytest plugin: each fixture in a test run of its own, against the endpoint of this one."""

from __future__ import annotations

import pytest

from dynamo_models import Table, capture, transport
from dynamo_models.schema.table import registered_tables
from dynamo_models.testing import assert_no_scan, assert_requests, fresh_tables, isolated_tables
from tests.schema.making import entity, table

pytest_plugins = ["pytester"]

ITEMS = """
from dynamo_models import Entity, Int, Key, Table
main = Table("PluginMain", deletion_protection={protection})
class Thing(Entity, table=main):
    id = Int()
    class Keys:
        primary = Key("THING#{{id}}", "X")
"""


@pytest.fixture
def run(pytester, dynamo_endpoint):
    """Run a test file, with a table and an entity of its own, against this session's endpoint."""

    def run_file(body, *, protection=False, endpoint=dynamo_endpoint):
        pytester.makepyfile(ITEMS.format(protection=protection) + body)
        with isolated_tables():
            return pytester.runpytest_inprocess(
                "--dynamo-endpoint", endpoint, "-p", "no:cacheprovider", "-p", "no:django", "-rs"
            )

    return run_file


def names():
    return set(transport.client().list_tables()["TableNames"])


def test_make_tables_makes_empty_tables_for_each_test_and_removes_them(run):
    before = names()
    result = run(
        """
        import pytest
        @pytest.mark.parametrize("number", [1, 2])
        def test_thing(make_tables, number):
            make_tables(main)
            assert list(Thing.objects.scan()) == []
            Thing.objects.create(id=7)
            assert Thing.objects.get(id=7).id == 7
        """.replace("\n        ", "\n"),
        protection=True,
    )
    result.assert_outcomes(passed=2)
    assert names() == before


def test_make_tables_takes_settings(run):
    result = run("""
def test_settings(make_tables):
    from dynamo_models import conf
    make_tables(main, CURSOR_MAX_AGE=5)
    assert conf.cursor_max_age() == 5
    assert main.endpoint_name.endswith("-PluginMain")
def test_they_are_gone():
    from dynamo_models import conf
    assert conf.cursor_max_age() is None
""")
    result.assert_outcomes(passed=2)


def test_dynamo_tables_makes_every_table_of_the_code(run):
    result = run("""
def test_tables(dynamo_tables):
    assert dynamo_tables == [main]
    Thing.objects.create(id=1)
""")
    result.assert_outcomes(passed=1)


def test_isolated_tables_are_those_of_the_test(run):
    result = run("""
from dynamo_models.schema.table import registered_tables
def test_own(isolated_tables):
    own = Table("Own")
    assert registered_tables() == [own]
def test_others():
    assert registered_tables() == [main]
""")
    result.assert_outcomes(passed=2)


def test_the_assertions_and_the_usage_are_fixtures(run):
    result = run("""
def test_counts(make_tables, assert_requests, assert_no_scan, dynamo_usage):
    make_tables(main)
    before = len(dynamo_usage)
    with assert_requests(2), assert_no_scan():
        Thing.objects.create(id=1)
        Thing.objects.get(id=1)
    assert len(dynamo_usage) == before + 2
def test_too_many(make_tables, assert_requests):
    make_tables(main)
    with assert_requests(0):
        Thing.objects.create(id=1)
def test_scans(make_tables, assert_no_scan):
    make_tables(main)
    with assert_no_scan():
        list(Thing.objects.scan())
""")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*0 requests were expected, 1 were made:*", "*1. PutItem *PluginMain*"])
    result.stdout.fnmatch_lines(["*1 of these requests are scans:*", "*1. Scan *PluginMain*"])


def test_what_an_engine_cannot_do_is_skipped_by_name(run):
    result = run(
        """
import pytest
@pytest.mark.endpoint_cannot("moto", "ministack", reason="it does not count what a filter drops")
def test_cannot():
    raise AssertionError
@pytest.mark.endpoint_cannot("dynoxide", reason="it cannot")
def test_can():
    pass
""",
        endpoint="moto",
    )
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*moto cannot: it does not count what a filter drops*"])


@pytest.mark.parametrize("mark", ['"moto"', 'reason="it does not"', '"moto", reason=""'])
def test_a_mark_without_an_engine_or_a_reason_is_refused(run, mark):
    result = run(f"""
import pytest
@pytest.mark.endpoint_cannot({mark})
def test_cannot():
    pass
""")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(['*test_cannot: write endpoint_cannot("moto", reason="what it does instead")*'])


def test_the_endpoint_of_a_run_is_in_its_settings(run, dynamo_endpoint):
    result = run(f"""
def test_endpoint(dynamo_endpoint, dynamo_engine):
    from dynamo_models import conf
    assert conf.connection_settings().endpoint == dynamo_endpoint == dynamo_engine == {dynamo_endpoint!r}
""")
    result.assert_outcomes(passed=1)


# The same as plain context managers


@pytest.fixture
def thing(isolated_tables, make_tables):
    from dynamo_models import Int, Key

    where = table()
    make_tables(where)
    return entity(where, {"primary": Key("THING#{id}", "X")}, id=Int())


def test_assert_requests_lists_what_was_made(thing):
    with assert_requests(1) as usage:
        thing.objects.create(id=1)
    assert [request.operation for request in usage.requests] == ["PutItem"]
    listed = r"3 requests were expected, 1 were made:\n  1\. GetItem \S*Throwaway"
    with pytest.raises(AssertionError, match=listed), assert_requests(3):
        thing.objects.get(id=1)
    with pytest.raises(AssertionError, match="1 requests were expected, 0 were made:\n  none"), assert_requests(1):
        pass


def test_an_error_in_the_block_is_the_error(thing):
    with pytest.raises(thing.DoesNotExist), assert_requests(7):
        thing.objects.get(id=1)
    with pytest.raises(ZeroDivisionError), assert_no_scan():
        raise ZeroDivisionError(len(list(thing.objects.scan())))


def test_requests_are_counted_by_every_block_around_them(thing):
    with capture() as outer, assert_requests(1):
        thing.objects.create(id=1)
    assert len(outer) == 1


def test_fresh_tables_are_removed_though_the_block_raised(isolated_tables, dynamo_endpoint):
    before = names()
    made = []
    with pytest.raises(ZeroDivisionError), fresh_tables([table(deletion_protection=True)]):  # noqa: PT012 - it is a block
        made += names() - before
        raise ZeroDivisionError
    assert len(made) == 1
    assert names() == before


def test_isolated_tables_come_back_as_they_were():
    with isolated_tables():
        outer = Table("Outer")
        with isolated_tables():
            assert registered_tables() == []
            Table("Inner")
            Table("Outer")
        assert registered_tables() == [outer]
