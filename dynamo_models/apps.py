"""The Django app: it finds entities, registers the system checks, and says where the embedded endpoint comes from."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DynamoModelsConfig(AppConfig):
    name = "dynamo_models"
    verbose_name = "DynamoDB models"

    def ready(self) -> None:
        from dynamo_models import checks, embedded, transport  # noqa: PLC0415 - settings must be ready first
        from dynamo_models.mirror import registration  # noqa: PLC0415
        from dynamo_models.mirror.capture import plan  # noqa: PLC0415

        transport.set_embedded(embedded.url)
        # An app's entities are in its ``items`` module, as its models are in ``models``.
        autodiscover_modules("items")
        plan.attach(registration.mirrors())
        checks.register()
