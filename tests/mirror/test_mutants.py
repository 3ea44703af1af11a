"""The orders of steps see every broken variant of the mirror: a test that passes on those would say nothing."""

import pytest

from tests.capture.situations import settle as everything_mirrored
from tests.mirror.conftest import _TABLES
from tests.mirror.runs import runs  # noqa: F401 - a fixture
from tests.mutants.on_databases import ON_DATABASES
from tests.mutants.run import judge
from tests.mutants.variants import VARIANTS


@pytest.mark.parametrize("name", VARIANTS)
def test_a_broken_variant_is_seen(name):
    verdict = judge(name)
    assert verdict.killed_by, f"{name} survived"


@pytest.mark.parametrize(
    ("using", "name"),
    # Elsewhere it makes no difference.
    [(database, name) for name, (_, _, databases) in ON_DATABASES.items() for database in databases],
    indirect=["using"],
)
def test_a_broken_variant_that_takes_a_database_is_seen_there(runs, name):  # noqa: F811
    block, schedule, _ = ON_DATABASES[name]
    assert schedule(runs) == []
    _empty(runs)
    with block():
        assert schedule(runs) != []


def _empty(using):
    for model in _TABLES:
        model._base_manager.using(using)._raw_delete(using)
    everything_mirrored(using)
