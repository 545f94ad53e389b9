"""The study file. The only package that imports sqlite_utils."""

from doubleread.store.sqlite.lean_import import import_sqlite_utils

import_sqlite_utils()

from doubleread.store.records import ReadingSummary  # noqa: E402
from doubleread.store.study_file import StudyFile  # noqa: E402

__all__ = ["ReadingSummary", "StudyFile"]
