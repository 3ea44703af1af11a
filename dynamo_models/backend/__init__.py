"""A Django database engine: queries on mirrored models are compiled to the mapper's questions instead of SQL.

``DATABASES["dynamodb"] = {"ENGINE": "dynamo_models.backend", "SQL": "default"}``. ``SQL`` names the alias that has the
rows; which of the two stores answers a query is decided by ``dynamo_models.cutover`` as it is compiled. A model that is
not mirrored is in SQL alone, and is answered there.

What no key serves is answered by SQL while SQL has authority, and refused by name, ``NotServed``, afterwards; where it
shall be scanned all the same, a block says so: ``scans.scanning``. ``admin.MirroredAdmin`` is Django's admin over it.

Known of what is served: text is sorted and compared by its bytes, as with the collation "C" of a relational database;
look-ups in any case, ``icontains`` and its like, are decided here, of all that a key leads to until a slice is full.
A row that is locked and not written is looked at as the block ends, and not kept from others: two blocks that lock the
same row and write only others are both let in. ``select_for_update()`` guards what is written to the row itself.
What an index answers may be some moments old, so may be the copies that a change of their parent looks for by one.
DynamoDB holds no row to a foreign key, and to a unique constraint only where a key or a ``Unique`` of the entity says
it. While DynamoDB has authority, items that copy from a model that is not mirrored, or through a many-to-many field,
are not told of changes there.
"""
