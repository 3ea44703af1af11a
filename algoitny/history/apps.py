from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "algoitny.history"
    label = "history"
    verbose_name = "History"
