from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "algoitny.experiments"
    label = "experiments"
    verbose_name = "Experiments"
