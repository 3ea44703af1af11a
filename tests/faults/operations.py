"""What writers do, at random, to a few rows that all of them write to."""

from contextlib import suppress

from django.db import DatabaseError, connections, transaction
from django.db.models import F
from django.utils import timezone

from tests.mirror.shop.models import Cheap, Employee, Part, Person, Product, Supplier, Tag

PKS, SKUS = range(1, 6), [f"k{number}" for number in range(7)]


class _Undone(Exception):  # noqa: N818
    pass


class Writer:
    """One writer's dice and its database."""

    def __init__(self, using, dice):
        self.using, self.dice = using, dice
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")]

    def one(self):
        """One operation; False where the database refused it (a key that is taken, a deadlock)."""
        try:
            self.dice.choice(self.kinds)()
        except (DatabaseError, Product.DoesNotExist, Employee.DoesNotExist):
            return False
        return True

    def pk(self):
        return self.dice.choice(PKS)

    def sku(self):
        return self.dice.choice(SKUS)

    def number(self):
        return self.dice.randrange(10**6)

    def rows(self):
        return Product._base_manager.using(self.using)

    def new(self, pk=None):
        return Product(id=pk or self.pk(), sku=self.sku(), name=f"n{self.number()}", updated_at=timezone.now())

    def do_save(self):
        product = self.rows().get(pk=self.pk())
        product.name, product.price = f"n{self.number()}", self.number() / 100
        product.save()

    def do_update(self):
        self.rows().filter(pk__in=self.dice.sample(PKS, 2)).update(name=f"n{self.number()}")

    def do_f(self):
        self.rows().filter(pk=self.pk()).update(stock=F("stock") + 1)

    def do_raw(self):
        with connections[self.using].cursor() as cursor:
            cursor.execute("UPDATE shop_product SET stock = %s WHERE id = %s", [self.number(), self.pk()])

    def do_create(self):
        self.new().save(using=self.using, force_insert=True)

    def do_bulk_create(self):
        rows = {row.pk: row for row in (self.new(), self.new())}
        self.rows().bulk_create(rows.values(), ignore_conflicts=True)

    def do_bulk_update(self):
        rows = list(self.rows().filter(pk__in=self.dice.sample(PKS, 3)).order_by("pk"))
        for row in rows:
            row.stock = self.number()
        self.rows().bulk_update(rows, ["stock"])

    def do_delete(self):
        self.rows().get(pk=self.pk()).delete()

    def do_delete_and_reinsert(self):
        pk = self.pk()
        if self.dice.random() < 0.5:
            with transaction.atomic(using=self.using):
                self.rows().get(pk=pk).delete()
                self.new(pk).save(using=self.using, force_insert=True)
        else:
            self.rows().get(pk=pk).delete()
            self.new(pk).save(using=self.using, force_insert=True)

    def do_move(self):
        self.rows().filter(pk=self.pk()).update(sku=self.sku(), stock=self.number())

    def do_hand_over(self):
        """A key passes from one row to another, within one transaction or two."""
        giver, taker = self.dice.sample(PKS, 2)
        with transaction.atomic(using=self.using):
            product = self.rows().get(pk=giver)
            held, product.sku = product.sku, self.sku()
            product.save()
            if self.dice.random() < 0.5:
                self.rows().filter(pk=taker).update(sku=held)
                return
        self.rows().filter(pk=taker).update(sku=held)

    def do_tags(self):
        product = self.rows().get(pk=self.pk())
        tags = list(Tag.objects.using(self.using).order_by("pk"))
        self.dice.choice((product.tags.add, product.tags.remove))(self.dice.choice(tags))

    def do_set_tags(self):
        tag = Tag.objects.using(self.using).order_by("pk").first()
        tag.product_set.set(self.rows().filter(pk__in=self.dice.sample(PKS, 2)))

    def do_rename_a_supplier(self):
        Supplier.objects.using(self.using).update(name=f"s{self.number()}")

    def do_rename_a_tag(self):
        tag = self.dice.choice(list(Tag.objects.using(self.using).order_by("pk")))
        tag.name = f"t{self.number()}"
        tag.save()

    def do_supplier(self):
        suppliers = list(Supplier.objects.using(self.using).order_by("pk"))
        self.rows().filter(pk=self.pk()).update(supplier=self.dice.choice([None, *suppliers]))

    def do_part(self):
        if self.dice.random() < 0.5:
            Part.objects.using(self.using).create(product_id=self.rows().get(pk=self.pk()).pk)
        else:
            Part.objects.using(self.using).filter(product_id=self.pk()).delete()

    def do_proxy(self):
        product = Cheap._base_manager.using(self.using).get(pk=self.pk())
        product.hidden = not product.hidden
        product.save(update_fields=["hidden"])

    def do_employee(self):
        employee = Employee.objects.using(self.using).get(pk=1)
        employee.name, employee.role = f"n{self.number()}", f"r{self.number()}"
        employee.save()

    def do_person(self):
        Person.objects.using(self.using).filter(pk=1).update(name=f"n{self.number()}")

    def do_rollback(self):
        with suppress(_Undone), transaction.atomic(using=self.using):
            self.rows().filter(pk=self.pk()).update(sku=self.sku())
            self.rows().filter(pk=self.pk()).delete()
            raise _Undone


def stock(using):
    """What there is before the first operation."""
    for name in ("a", "b"):
        Supplier.objects.using(using).create(name=name)
        Tag.objects.using(using).create(name=name)
    Employee.objects.using(using).create(id=1, name="Ann", role="cook")
    for pk, sku in zip(PKS, SKUS, strict=False):
        Product(id=pk, sku=sku, name="n", updated_at=timezone.now()).save(using=using, force_insert=True)
