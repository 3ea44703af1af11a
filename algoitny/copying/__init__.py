"""All rows to DynamoDB, and both stores compared: for a time in which nobody writes."""

from algoitny.copying.compare import Comparison, compare_all
from algoitny.copying.copy import CopyReport, copy_all

__all__ = ["Comparison", "CopyReport", "compare_all", "copy_all"]
