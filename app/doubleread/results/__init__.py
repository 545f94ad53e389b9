"""The results of a study: one object with every estimate, its interval, its n and its method.

`results(study)` makes it from one state of the file. All pairs come in the order of `Results.arms`; a difference is
the first model's estimate minus the second's. While a study is blind the arms are "arm 1" and "arm 2", in a
randomised order (see `doubleread.read_model.blinding`).
"""

from doubleread.read_model.blinding import unblind
from doubleread.results.adjudicated import adjudicated
from doubleread.results.counting import Results, counted_in_steps, results, results_and_cases
from doubleread.results.versions import ProtocolVersion

__all__ = [
    "ProtocolVersion",
    "Results",
    "adjudicated",
    "counted_in_steps",
    "results",
    "results_and_cases",
    "unblind",
]
