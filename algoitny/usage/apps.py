from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "algoitny.usage"
    label = "usage"
    verbose_name = "Usage"
