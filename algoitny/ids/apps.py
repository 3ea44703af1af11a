from django.apps import AppConfig


class IdsConfig(AppConfig):
    name = "algoitny.ids"
