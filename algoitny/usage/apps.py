from importlib import import_module

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "algoitny.usage"
    label = "usage"
    verbose_name = "Usage"

    def ready(self) -> None:
        import_module("algoitny.usage.totals")  # which is told of the stream's changes
