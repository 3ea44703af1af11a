"""The tables that the mirror keeps beside the application's own, in each database that it captures."""

from dynamo_models.mirror.log.models import Change, Failure, MirroredKey

__all__ = ["Change", "Failure", "MirroredKey"]
