"""Who tells of the shop's writes: row triggers, as it is installed, or Django's ORM, where there are none."""

from contextlib import contextmanager

from django.core.management import call_command

from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.watch import connections as watch

TIERS = ("triggers", "orm")


def choose(tier):
    """For this process, from now on."""
    for mirror in mirrors("default"):
        mirror.capture = tier
    if tier == "orm":
        watch.install()


def current():
    (tier,) = {mirror.capture for mirror in mirrors("default")}
    return tier


@contextmanager
def in_tier(tier, using):
    """For the block, in the database of the alias as well: the shop without its triggers where the tier has none."""
    if tier == "triggers":
        yield
        return
    call_command("migrate", "shop", "0001", database=using, verbosity=0)
    choose(tier)
    try:
        yield
    finally:
        choose("triggers")
        call_command("migrate", "shop", database=using, verbosity=0)
