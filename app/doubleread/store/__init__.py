"""The study file. The only package that imports sqlite_utils."""

from doubleread.store.records import ReadingSummary
from doubleread.store.study_file import StudyFile

__all__ = ["ReadingSummary", "StudyFile"]
