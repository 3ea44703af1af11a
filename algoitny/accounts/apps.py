from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "algoitny.accounts"
    label = "accounts"
    verbose_name = "Accounts"
