from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    name = "algoitny.execution"
    label = "execution"
    verbose_name = "Execution"
