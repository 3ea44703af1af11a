"""The Django app: it finds entities, registers the system checks, and says where the embedded endpoint comes from."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DynamoModelsConfig(AppConfig):
    name = "dynamo_models"
    verbose_name = "DynamoDB models"

    def ready(self) -> None:
        from dynamo_models import (  # noqa: PLC0415 - settings must be ready first
            checks,
            cutover,
            embedded,
            mirror,
            switch,
            transport,
        )

        transport.set_embedded(embedded.url)
        # An app's entities are in its ``items`` module, as its models are in ``models``.
        autodiscover_modules("items")
        checks.register()
        cutover.ready()  # before the mirror, which puts triggers back after a migrate
        mirror.ready()
        switch.ready()
