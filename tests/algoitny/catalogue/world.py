"""A small system with each kind of key and of request, for the table of patterns to be tried on."""

from datetime import UTC, datetime, timedelta

from algoitny.catalogue import AccessPattern, planned
from dynamo_models import Attr, Entity, Index, Int, Key, Table, Text, Timestamp, Unique, now, numeric

START = datetime(2026, 1, 1, tzinfo=UTC)


def define():
    """The patterns on a table of templates and on one of plain keys, both of the caller's own."""
    shop = Table("Shop", indexes=[Index("GSI1"), Index("Names", projection=["title"])])
    log = Table("Log", pk="id", sk=None, indexes=[Index("by-user", pk="user", sk=numeric("at"))])

    class Product(Entity, table=shop):
        code: Attr[str] = Text()
        maker: Attr[str] = Text()
        title: Attr[str] = Text(default="")
        note: Attr[str] = Text(default="")
        made_at: Attr[datetime] = Timestamp(default=now)

        class Keys:
            primary = Key("PRODUCT#{code}", "METADATA")
            by_maker = Key("MAKER#{maker}", "MADE#{made_at}", index="GSI1", shards=2)
            named = Key("NAMED#{maker}", "{title}", index="Names")
            by_code = Unique("{title}")

    class Line(Entity, table=log):
        id: Attr[str] = Text()
        user: Attr[str | None] = Text(null=True)
        at: Attr[int] = Int()
        text: Attr[str] = Text(default="")

        class Keys:
            primary = Key("{id}")
            by_user = Key("{user}", "{at}", index="by-user")

    products = [
        Product(code=f"p{n}", maker="acme", title=f"t{n}", note="x" * 700 * n, made_at=START + timedelta(days=n))
        for n in range(9)
    ]
    lines = [Line(id=f"l{n}", user="ann" if n % 2 else None, at=n, text="y" * 1500) for n in range(12)]

    def pattern(name, plan, run):
        return AccessPattern(system="Shop", name=name, sample=lambda: [*products, *lines], plan=plan, run=run)

    def read(name, asked):
        return pattern(name, lambda there: planned.read(asked, there), lambda: list(asked))

    def transfer():
        with shop.transaction() as tx:
            tx.create(Line(id="new", user="ben", at=1))
            tx.patch(Line.objects.ref(id="l0"), text="z")
            tx.delete(Line.objects.ref(id="l1"))
            tx.require(Line.objects.ref(id="l2"))

    def put_lines():
        log.put_all([Line(id=f"b{n}", user="ann", at=n) for n in range(30)])

    new = Line(id="new", user="ben", at=1)
    return [
        read("one", Line.objects.filter(id="l3")),
        read("none", Line.objects.filter(id="nowhere")),
        read("one, consistent", Line.objects.filter(id="l3").consistent()),
        read("by a unique item", Product.objects.filter(title="t7")),
        read("by shards", Product.objects.by_maker(maker="acme")),
        read("a range", Line.objects.by_user(user="ann", at__gte=3, at__lt=9)),
        read("from a time on", Line.objects.by_user(user="ann", at__gt=5)),
        read("a fan", Line.objects.by_user(user__in=["ann", "ben"], at=7)),
        read("part of an item, and the rest fetched", Product.objects.named(maker="acme", title__startswith="t")),
        read("part of an item", Product.objects.named(maker="acme").only("title")),
        read("all", Line.objects.scan()),
        pattern(
            "some by key",
            lambda there: planned.get_many([each for each in there if isinstance(each, Line)][:3], absent=2),
            lambda: Line.objects.get_many([{"id": each} for each in ("l0", "l1", "l2", "x", "y")]),
        ),
        pattern("create", lambda _: [planned.create(new)], lambda: Line.objects.create(id="new", user="ben", at=1)),
        pattern(
            "patch that leaves the index alone",
            lambda _: [planned.patch(lines[0], planned.changed(lines[0], text="z"))],
            lambda: Line.objects.ref(id="l0").patch(text="z"),
        ),
        pattern(
            "patch of an entry",
            lambda _: [planned.patch(lines[1], planned.changed(lines[1], text="z"))],
            lambda: Line.objects.ref(id="l1").patch(text="z"),
        ),
        pattern(
            "patch of an index key",
            lambda _: [planned.patch(lines[1], planned.changed(lines[1], at=77))],
            lambda: Line.objects.ref(id="l1").patch(at=77),
        ),
        pattern(
            "put in place of another",
            lambda _: [planned.put(Line(id="l1", at=1), over=lines[1])],
            lambda: Line(id="l1", at=1).put(),
        ),
        pattern("delete", lambda _: [planned.delete(lines[1])], lambda: Line.objects.ref(id="l1").delete()),
        pattern(
            "batch",
            lambda _: planned.batch(*(planned.create(Line(id=f"b{n}", user="ann", at=n)) for n in range(30))),
            put_lines,
        ),
        pattern(
            "transaction",
            lambda _: [
                planned.transaction(
                    planned.create(new),
                    planned.patch(lines[0], planned.changed(lines[0], text="z")),
                    planned.delete(lines[1]),
                    planned.require(lines[2]),
                )
            ],
            transfer,
        ),
    ]
