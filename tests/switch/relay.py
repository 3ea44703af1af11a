"""A relay that leaves to others what crashes have left of a switch: ``python -m tests.switch.relay``."""

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from dynamo_models.switch.returning import keeper  # noqa: E402


def main():
    keeper.PERIOD = float("inf")
    call_command("dynamo_relay")


if __name__ == "__main__":
    main()
