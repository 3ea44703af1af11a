"""What is wrong with a mapping is said by ``manage.py check``, each under its id; nothing is wrong with the shop's."""

import re

import pytest

from dynamo_models import Attr, Entity, Int, Key, Text
from dynamo_models.mirror import checks
from dynamo_models.mirror.registration import Mirror
from tests.mirror.shop import items, models


class Named(Entity, table=items.shop):
    id: Attr[int] = Int()
    name: Attr[str] = Text()

    class Keys:
        primary = Key("NAMED#{id}", "METADATA")


def found(entity=Named, model=models.Supplier, fields=None, exclude=("country",)):
    mirror = Mirror(model=model, entity=entity, fields=fields or {}, exclude=frozenset(exclude), group="test")
    return [(message.id.rpartition(".")[2], message.msg, message.hint) for message in checks.check_mirror(mirror)]


def test_a_whole_mapping_has_no_findings():
    assert found() == []
    assert checks.check_mirrors() == []


@pytest.mark.parametrize(
    ("number", "given", "named"),
    [
        ("E025", {"model": models.Tag, "entity": items.Employee, "exclude": ()}, "role"),
        ("E026", {"exclude": ()}, "country"),
        (
            "E026",
            {"model": models.Product, "exclude": ("supplier", "price", "stock", "hidden", "updated_at")},
            "sku, tags",
        ),
        ("E027", {"fields": {"name": "nothing__name"}}, "nothing"),
        ("E027", {"fields": {"name": "name__first"}}, "name"),
        ("E027", {"fields": {"nobody": "name"}}, "nobody"),
        ("E027", {"fields": {"name": "product__name"}}, "product"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(number, given, named):
    ((said, message, hint),) = found(**given)
    assert said == number
    assert named in message
    assert "dual_write" in hint or "exclude" in hint


def test_every_id_is_in_the_modules_list():
    assert set(re.findall(r"\bE\d{3}\b", checks.__doc__)) == {"E025", "E026", "E027"}
