"""A shop: every kind of model that a mirror has to see through."""

import uuid

from django.db import models

from dynamo_models.mirror.mapping import computed
from dynamo_models.mirror.registration import dual_write
from tests.mirror.shop import items


class Supplier(models.Model):
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, default="KR")


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Visible(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(hidden=False)


@dual_write(
    items.Product,
    fields={
        "supplier_name": "supplier__name",
        "tags": "tags__name",
        "label": computed(lambda row: f"{row.sku}: {row.name}", "sku", "name"),
    },
    exclude=["supplier"],
)
class Product(models.Model):
    sku = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    stock = models.IntegerField(default=0)
    hidden = models.BooleanField(default=False)
    supplier = models.ForeignKey(Supplier, null=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag)
    updated_at = models.DateTimeField(auto_now=True)

    objects = Visible()


class Cheap(Product):
    class Meta:
        proxy = True


@dual_write(items.Part, fields={"sku": "product__sku"}, exclude=["product"])
class Part(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField(default=1)


class Person(models.Model):
    name = models.CharField(max_length=100)


@dual_write(items.Employee, exclude=["person_ptr"])
class Employee(Person):
    role = models.CharField(max_length=50)
