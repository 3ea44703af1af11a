"""A bank: branches, which switch last, and accounts with their entries, which refer to them."""

from django.db import models
from django.utils import timezone

from dynamo_models.mirror.registration import dual_write
from tests.switch.bank import items


@dual_write(items.Branch, group="branches")
class Branch(models.Model):
    name = models.CharField(max_length=100)


@dual_write(items.Account, group="accounts")
class Account(models.Model):
    number = models.CharField(max_length=40, unique=True)
    owner = models.CharField(max_length=100)
    version = models.IntegerField(default=0)
    transfer = models.CharField(max_length=40, blank=True)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    opened_at = models.DateTimeField(default=timezone.now)
    details = models.JSONField(null=True)


class Card(models.Model):
    """In SQL alone, which holds it to its account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    pin = models.CharField(max_length=4)


@dual_write(items.Entry, group="accounts")
class Entry(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    text = models.TextField()
    version = models.IntegerField(default=0)
