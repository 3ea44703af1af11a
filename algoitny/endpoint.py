"""The DynamoDB endpoint that a command uses, started where it is our own."""

from dynamo_models import conf, embedded


def ready() -> str:
    """The line that says which endpoint serves. Raises DynamoModelsError where it cannot be had."""
    settings = conf.connection_settings()
    if settings.endpoint == conf.EMBEDDED:
        embedded.url()
        return embedded.describe()
    return f"DynamoDB endpoint: {settings.endpoint or f'AWS, in {settings.region}'}"
