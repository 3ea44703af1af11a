"""The archive: a group's SQL rows as files with a manifest, for the time when SQL's tables are gone.

``columns`` what a table has, and its rows in the order of their keys · ``csv_files``, ``parquet_files`` the formats ·
``manifest`` what says what the files are · ``export`` writes it all · ``check`` compares files and tables with it.
"""

from dynamo_models.switch.archive.check import check
from dynamo_models.switch.archive.errors import ArchiveError
from dynamo_models.switch.archive.export import export
from dynamo_models.switch.archive.manifest import Manifest, read

__all__ = ["ArchiveError", "Manifest", "check", "export", "read"]
