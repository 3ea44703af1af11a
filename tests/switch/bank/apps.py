from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "tests.switch.bank"
    label = "bank"
