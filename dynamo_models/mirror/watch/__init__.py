"""The lesser way to see writes, for databases without triggers: ``@dual_write(..., capture="orm")``.

It detects, and guarantees nothing. Every write that goes through Django's ORM in a process that has the app is logged
in its transaction, as a trigger would log it: save, delete and cascades, update, bulk_create, bulk_update, many-to-many
changes, parents of inherited models, rows that a mapping looks up; through any manager, any query set, any proxy. A
call whose rows cannot be told is refused before it writes. Any other statement to a watched table that passes through
one of Django's connections is carried out and raises an alarm, but for TRUNCATE, which is refused.

Not seen are: other programs, and processes without the app; what the database does by itself, as ON DELETE CASCADE
and triggers of others; functions and procedures that write; what drives the database's own library under Django's
cursor, as psycopg's ``cursor.copy()`` or sqlite3's ``executescript()``. Only a full verification finds these.
"""

from dynamo_models.mirror.watch.refused import WriteRefused

__all__ = ["WriteRefused"]
