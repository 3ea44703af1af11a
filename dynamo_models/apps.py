"""The Django app: it registers the system checks and tells the transport where the embedded endpoint comes from."""

from django.apps import AppConfig


class DynamoModelsConfig(AppConfig):
    name = "dynamo_models"
    verbose_name = "DynamoDB models"

    def ready(self) -> None:
        from dynamo_models import checks, embedded, transport  # noqa: PLC0415 - settings must be ready first

        checks.register()
        transport.set_embedded(embedded.url)
