from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "algoitny.catalogue"
    label = "catalogue"
    verbose_name = "Access patterns"
