from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "algoitny.jobs"
    label = "jobs"
    verbose_name = "Jobs"
