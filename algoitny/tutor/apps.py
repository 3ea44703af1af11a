from django.apps import AppConfig


class TutorConfig(AppConfig):
    name = "algoitny.tutor"
    label = "tutor"
    verbose_name = "Tutor"
