"""PynamoDB's own maps, and constructors of a class's own, in entities."""

from collections.abc import Callable
from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute

from dynamo_models import Attr, Entity, Key, Table, Text, pascal_case


class Address(MapAttribute):
    city = UnicodeAttribute()
    number = NumberAttribute(null=True)


class Located(Entity):
    address = Address(null=True)
    extra = MapAttribute(default=dict, attr_name="x")


def test_pynamodb_maps_are_declared_inherited_and_stored_by_the_tables_rule(make_tables: Callable[..., None]) -> None:
    table = Table("StockMaps", attribute_names=pascal_case)

    class Place(Located, table=table):
        name: Attr[str] = Text()
        home = Address()

        class Keys:
            primary = Key("PLACE#{name}", "METADATA")

    make_tables(table)
    Place.objects.create(
        name="a", address=Address(city="Seoul"), home=Address(city="Busan", number=3), extra={"k": "v"}
    )

    found = Place.objects.get(name="a")

    assert (found.address.city, found.home.number, found.extra["k"]) == ("Seoul", 3, "v")
    assert found.raw["Address"] == {"M": {"city": {"S": "Seoul"}}}
    assert found.raw["x"] == {"M": {"k": {"S": "v"}}}
    assert found.patch(Place.home.city.set("Jeju")).home.city == "Jeju"


def test_a_constructor_of_the_classs_own_stays_for_every_instance() -> None:
    table = Table("OwnConstructor")

    class Named(Entity, table=table):
        name: Attr[str] = Text()

        class Keys:
            primary = Key("NAMED#{name}", "METADATA")

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.made = True

    assert [Named(name=name).made for name in "ab"] == [True, True]
