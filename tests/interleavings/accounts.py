"""A model, its entity and its mirror for the explorer: an account's key is a column of its own, or its owner's name."""

from django.db import models
from django.test.utils import isolate_apps

from dynamo_models import Attr, Entity, Int, Key, Table, Text, pascal_case
from dynamo_models.mirror.registration import Mirror
from dynamo_models.testing import isolated_tables
from tests.interleavings.world import CURRENT, SOURCE

with isolated_tables():
    table = Table("Model", attribute_names=pascal_case)

    class Item(Entity, table=table):
        id: Attr[int] = Int()
        slot: Attr[str] = Text()
        note: Attr[int] = Int()

        class Keys:
            primary = Key("A#{slot}", "M")


with isolate_apps("tests.mirror.shop"):

    class Owner(models.Model):
        name = models.CharField(max_length=9, unique=True)

        class Meta:
            app_label = "shop"

    class Account(models.Model):
        slot = models.CharField(max_length=9, unique=True)
        note = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Owned(models.Model):
        owner = models.OneToOneField(Owner, models.CASCADE)
        note = models.IntegerField()

        class Meta:
            app_label = "shop"


class Rows:
    """The rows of the world, as instances of the mirror's model."""

    def __init__(self, make, pks=()):
        self.make, self.pks = make, pks

    def prefetch_related(self):
        return self

    def filter(self, *, pk__in):
        return Rows(self.make, pk__in)

    def __iter__(self):
        found = CURRENT.process.access(lambda world: {pk: world.rows[pk] for pk in self.pks if pk in world.rows})
        return iter([self.make(pk, *state) for pk, state in found.items()])


class Made:
    """An item that is serialized once for each state of a row."""

    def __init__(self, item):
        self.schema, self.attribute_values, self.raw = item.schema, item.attribute_values, item.serialize()

    def serialize(self):
        return dict(self.raw)


class Modelled(Mirror):
    """A mirror whose rows are the world's."""

    label = SOURCE

    def item(self, row):
        state = (row.pk, row.note, row.slot if isinstance(row, Account) else row.owner.name)
        if state not in self.made:
            self.made[state] = Made(super().item(row))
        return self.made[state]

    def rows(self, using):
        return Rows(self.make)


def _account(pk, key, note):
    return Account(id=pk, slot=key, note=note)


def _owned(pk, key, note):
    return Owned(id=pk, owner=Owner(id=pk, name=key), note=note)


def _mirror(model, make, fields, exclude=()):
    found = Modelled(model=model, entity=Item, fields=fields, exclude=frozenset(exclude), group="model")
    found.make, found.made = make, {}
    return found


own = _mirror(Account, _account, {})
foreign = _mirror(Owned, _owned, {"slot": "owner__name"}, ["owner"])
