"""Repeated runs: how consistent an arm's answers to the same case are, and how often they are correct."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.results.counting import Results
from doubleread.results.repeated_runs import RepeatedAnswers
from doubleread.results.scales import PROPORTION, PROPORTION_DIFFERENCE, RATE
from doubleread.results.section import (
    Count,
    Paired,
    PValue,
    Row,
    Section,
    Value,
    arm_heads,
    differences_plot,
    drawn,
    pair,
    pairs_plot,
    proportions,
)
from doubleread.statistics import Estimate, PairedMeans, RepeatedRuns, Undefined, VarianceComponents

SIGN_FLIP = "sign-flip p"


def repeated_runs(results: Results) -> Section | None:
    """All answers of both arms to choices and inferences, if the protocol asks for several answers to a case."""
    found = results.repeated_runs
    if found is None:
        return None
    rows = tuple(_proportions(found))
    variance = () if isinstance(found.compared, Undefined) else _variance(found.compared)
    return Section(
        "repeated-runs",
        "Repeated runs",
        "accuracy",
        arm_heads(results),
        (_answers(found), *rows, *variance),
        drawn(
            pairs_plot("repeated-runs", "All answers to a case", rows),
            differences_plot("repeated-runs-difference", "all answers to a case", rows),
        ),
    )


def _answers(found: RepeatedAnswers) -> Row:
    wanted = found.cases * found.samples
    return Row("answers", "scored answers", pair(*(Count(count, wanted) for count in found.answers)))


def _proportions(found: RepeatedAnswers) -> Iterator[Row]:
    compared = found.compared
    if isinstance(compared, Undefined):
        nothing = PairedMeans(0, compared, compared, compared, compared)
        yield means("accuracy", "correct, all answers", nothing)
        yield means("consistency", "agree with the mode", nothing)
        return
    determinate = means("determinate", "determinate only", compared.indeterminate_left_out)
    any_indeterminate = compared.indeterminate_left_out != compared.indeterminate_incorrect
    yield means(
        "accuracy",
        "correct, all answers",
        compared.indeterminate_incorrect,
        below=(determinate,) if any_indeterminate else (),
    )
    vote = compared.vote.indeterminate_incorrect
    yield proportions("majority-vote", "correct, majority vote", vote, paired=Paired(vote.table))
    yield means("worst-of-k", f"correct, all of {compared.k}", compared.worst_of_k)
    yield means("best-of-k", f"correct, any of {compared.k}", compared.best_of_k)
    yield means("consistency", "agree with the mode", compared.mode_agreement)
    yield means("pairwise-agreement", "two answers agree", compared.pairwise_agreement)


def means(key: str, label: str, found: PairedMeans, *, below: tuple[Row, ...] = ()) -> Row:
    """Return the row of both arms' means over cases, with their difference and its test below."""
    apart, tested = Value(found.difference, PROPORTION_DIFFERENCE), PValue(found.test, SIGN_FLIP)
    difference = Row("difference", "difference", {"difference": apart, "test": tested})
    cells = pair(Value(found.first, PROPORTION), Value(found.second, PROPORTION))
    return Row(key, label, cells, (difference, *below))


def _variance(compared: RepeatedRuns) -> tuple[Row, ...]:
    """Return the variance of one answer's correctness, between cases and between the answers to one case."""
    found = compared.variance

    def part(key: str, label: str) -> Row:
        def value(components: VarianceComponents | Undefined) -> Value:
            estimate: Estimate | Undefined = (
                components if isinstance(components, Undefined) else getattr(components, key)
            )
            return Value(estimate, RATE)

        own = Row("of-difference", "of the difference", {"difference": value(found.difference)})
        return Row(key, label, pair(value(found.first), value(found.second)), (own,))

    return part("between", "variance between cases"), part("within", "variance within a case")
