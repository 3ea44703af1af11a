"""The shop emptied around a block, its table as well, for programs that do many things to one database."""

from contextlib import contextmanager

from dynamo_models.testing import fresh_tables


@contextmanager
def emptied(using):
    from tests.mirror.conftest import _TABLES
    from tests.mirror.shop.items import shop

    for _ in range(2):  # what is deleted is logged
        for model in _TABLES:
            model._base_manager.using(using)._raw_delete(using)
    with fresh_tables([shop]):
        yield
