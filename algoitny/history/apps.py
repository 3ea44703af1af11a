from importlib import import_module

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "algoitny.history"
    label = "history"
    verbose_name = "History"

    def ready(self) -> None:
        import_module("algoitny.history.totals")  # which is told of the stream's changes
