"""The access patterns of every app that lists them, as one table: what each sends and costs, planned, not typed."""

from algoitny.catalogue.pattern import AccessPattern
from algoitny.catalogue.planned import Planned

__all__ = ["AccessPattern", "Planned"]
