"""All rows to DynamoDB, and both stores compared: for a time in which nobody writes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from algoitny.copying.compare import Comparison, compare_all
    from algoitny.copying.copy import CopyReport, copy_all

__all__ = ["Comparison", "CopyReport", "compare_all", "copy_all"]

_MODULES = {"Comparison": "compare", "compare_all": "compare", "CopyReport": "copy", "copy_all": "copy"}


def __getattr__(name: str) -> Any:
    # Only when it is asked for: Django imports an app's package before any model can be.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
