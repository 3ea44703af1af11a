"""Model fields that the rooms share."""

from typing import Any

from django.db import models
from django.utils import timezone


class UpdatedAtField(models.DateTimeField):
    """The time of a row's last save. A new row may be given one: an import and a copy know it better."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": timezone.now, "editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if not add:
            setattr(model_instance, self.attname, timezone.now())
        return super().pre_save(model_instance, add)
