from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "algoitny.chat"
    label = "chat"
    verbose_name = "Chat analytics"

    def ready(self) -> None:
        import_module("algoitny.chat.counting")  # the stream's handler
