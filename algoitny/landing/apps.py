from django.apps import AppConfig


class LandingConfig(AppConfig):
    name = "algoitny.landing"
    label = "landing"
