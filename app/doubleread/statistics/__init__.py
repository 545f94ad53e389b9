"""Estimates from counts, each with its n, interval and method, or the reason why it is undefined.

No files, no screen, no database. Importing this package loads neither numpy nor scipy: the functions that need them do.
"""

from doubleread.statistics.agreement import (
    Level,
    Ratings,
    fleiss,
    grouped,
    gwet_ac1,
    krippendorff,
    observed_agreement,
)
from doubleread.statistics.blinding import bang_index
from doubleread.statistics.bootstrap import RESAMPLES, SEED, Statistic, bootstrap_cases
from doubleread.statistics.case_means import (
    CaseMean,
    PairedMeans,
    compare_cases,
    difference_over_cases,
    mean_over_cases,
    sign_flip_test,
)
from doubleread.statistics.comparisons import Adjusted, Group, adjusted, benjamini_hochberg, by_group, holm
from doubleread.statistics.estimates import Estimate, Interval, Mean, Undefined, mean
from doubleread.statistics.hallucinations import Hallucinating, PairedRates, ReadAnswer, compare_hallucinations
from doubleread.statistics.kappa import Weights, cohen, cohen_by_case, crosstable
from doubleread.statistics.paired import (
    McNemar,
    Outcome,
    PairedAccuracy,
    PairedProportions,
    PairedTable,
    mcnemar,
    paired_accuracy,
    paired_difference,
    paired_proportions,
    paired_table,
)
from doubleread.statistics.preference import Preferences, Preferred, preferences, sign_test
from doubleread.statistics.proportions import Proportion, proportion, wilson
from doubleread.statistics.randomisation import randomisation_test
from doubleread.statistics.repeated_runs import (
    RepeatedRuns,
    SampledAnswer,
    best_of,
    case_accuracy,
    compare_repeated_runs,
    majority_vote,
    mode_agreement,
    pairwise_agreement,
    worst_of,
)
from doubleread.statistics.sample_size import SampleSize, cases_needed, discordant_proportion, mcnemar_power
from doubleread.statistics.scores import PairedScores, paired_scores
from doubleread.statistics.spans import (
    OVERLAP,
    MarkedText,
    SpanAgreement,
    match_spans,
    span_agreement,
)
from doubleread.statistics.variance_components import (
    PairedVarianceComponents,
    VarianceComponents,
    paired_variance_components,
)
from doubleread.statistics.yes_and_no import YesAndNo, compare_yes_and_no

__all__ = [
    "OVERLAP",
    "RESAMPLES",
    "SEED",
    "Adjusted",
    "CaseMean",
    "Estimate",
    "Group",
    "Hallucinating",
    "Interval",
    "Level",
    "MarkedText",
    "McNemar",
    "Mean",
    "Outcome",
    "PairedAccuracy",
    "PairedMeans",
    "PairedProportions",
    "PairedRates",
    "PairedScores",
    "PairedTable",
    "PairedVarianceComponents",
    "Preferences",
    "Preferred",
    "Proportion",
    "Ratings",
    "ReadAnswer",
    "RepeatedRuns",
    "SampleSize",
    "SampledAnswer",
    "SpanAgreement",
    "Statistic",
    "Undefined",
    "VarianceComponents",
    "Weights",
    "YesAndNo",
    "adjusted",
    "bang_index",
    "benjamini_hochberg",
    "best_of",
    "bootstrap_cases",
    "by_group",
    "case_accuracy",
    "cases_needed",
    "cohen",
    "cohen_by_case",
    "compare_cases",
    "compare_hallucinations",
    "compare_repeated_runs",
    "compare_yes_and_no",
    "crosstable",
    "difference_over_cases",
    "discordant_proportion",
    "fleiss",
    "grouped",
    "gwet_ac1",
    "holm",
    "krippendorff",
    "majority_vote",
    "match_spans",
    "mcnemar",
    "mcnemar_power",
    "mean",
    "mean_over_cases",
    "mode_agreement",
    "observed_agreement",
    "paired_accuracy",
    "paired_difference",
    "paired_proportions",
    "paired_scores",
    "paired_table",
    "paired_variance_components",
    "pairwise_agreement",
    "preferences",
    "proportion",
    "randomisation_test",
    "sign_flip_test",
    "sign_test",
    "span_agreement",
    "wilson",
    "worst_of",
]
