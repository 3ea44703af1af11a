"""Whatever an application does to its rows reaches the mirror, or is refused before it is done."""

import pytest

from tests.capture import situations


@pytest.mark.parametrize("name", situations.SITUATIONS)
def test_a_situation_ends_equal_or_was_refused(using, name):
    result = situations.run(name, using)
    assert result.differences == []
    assert bool(result.refused) == ((name, using) in REFUSED)


# MariaDB fires no trigger for what its foreign keys do; TRUNCATE fires none of a row anywhere.
REFUSED = {
    ("truncate", "postgresql"),
    ("truncate", "mariadb"),
    ("cascade_by_the_database", "mariadb"),
}


def test_there_are_41():
    assert len(situations.SITUATIONS) == 41
