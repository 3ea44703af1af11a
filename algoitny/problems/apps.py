"""Tells Django that the room of problems is an app."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    name = "algoitny.problems"
    label = "problems"
    verbose_name = "Problems"
