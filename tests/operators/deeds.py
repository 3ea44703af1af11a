"""What the tests of deeds share: the forms that are confirmed, and what came of it."""

import re

from dynamo_models.cutover.records import GroupState, GroupStep
from tests.cutover.ladder import GROUP

OVERVIEW = "/admin/dynamo_models/groupstate/"
PAGE = f"{OVERVIEW}{GROUP}/change/"
DEEDS = {
    "up": (("shadow", 0), "move/reading/10/", "step_up"),
    "down": (("shadow", 0), "move/off/", "step_down"),
    "switch": (("reading", 100), "move/dynamodb/", "switch"),
    "back": (("dynamodb", 0), "move/reading/100/", "switch"),
    "final": (("dynamodb", 0), "move/final/", "switch"),
    "kill": (("shadow", 0), "kill/", "kill"),
    "unkill": (("shadow", 0), "unkill/", "kill"),
    "subjects": (("shadow", 0), "subjects/", "subjects"),
}


def url(path):
    return f"{OVERVIEW}{GROUP}/{path}"


def confirm(client, path, **given):
    """Send the form that a page shows, with what is typed."""
    page = client.get(url(path))
    form = page.context["form"]
    shown = {} if form is None else {field.name: field.value() for field in form if field.value() is not None}
    return client.post(url(path), {**shown, "reason": "It is time.", **given})


def row():
    return GroupState.objects.get(group=GROUP)


def last():
    return GroupStep.objects.filter(group=GROUP).latest("pk")


def error(page):
    return re.search(r'<p class="errornote">(.*?)</p>', page.content.decode(), re.DOTALL)[1]
