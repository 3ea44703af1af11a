"""The item that ids are counted by."""

from __future__ import annotations

from algoitny.tables import main
from dynamo_models import Attr, Entity, Int, Key, Text


class Sequence(Entity, table=main):
    """The highest id that has been handed out, of one kind of row."""

    name: Attr[str] = Text()
    last: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("SEQUENCE#{name}", "METADATA")
