"""Row triggers that write to the change log, in the transaction of the write that they see."""

from dynamo_models.mirror.capture.index import CaptureTrigger

__all__ = ["CaptureTrigger"]
