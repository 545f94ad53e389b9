"""Several studies beside each other."""

from doubleread.results.comparison.comparison import Comparison, compare
from doubleread.results.comparison.studies import StudyResults, study_results

__all__ = ["Comparison", "StudyResults", "compare", "study_results"]
