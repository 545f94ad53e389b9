"""Results as a table: one column for each model. It fits into 80 cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.labels import VERDICTS
from doubleread.domain.wording import plural
from doubleread.sessions.results import Accuracy, ModelResults, Results
from doubleread.statistics.proportions import Proportion, Undefined
from doubleread.statistics.rates import Mean

Line = tuple[str, ...]
"""A label, and the figure of each model."""

_LEGEND = (
    "Shares come with their 95 % interval (Wilson) and n. Unclear answers (unparsed,",
    "refused, cut off) count as wrong first and are then left out. Findings are those",
    "that stand in committed readings; means are per reading of an answer.",
)


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """What is shown of a study: a heading, a column for each model, and what must be read beside the figures."""

    heading: str
    columns: Line
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


def results_table(results: Results) -> ResultsTable:
    """Return the table of a study, with a remark for every figure that does not exist. Texts are as in the study."""
    table = _Table(results)
    remarks = [f"({number}) {reason}" for number, reason in enumerate(table.reasons, start=1)]
    if results.readings_committed:
        remarks.append("preferences: " + ", ".join(f"{name} {count}" for name, count in results.preferences.items()))
    return ResultsTable(
        heading=f"{results.title}: {plural(results.cases, 'case')}, {_readings(results)}",
        columns=("", *(model.name for model in results.models)),
        lines=tuple(table.lines),
        remarks=(*remarks, *_LEGEND),
    )


def _readings(results: Results) -> str:
    words = [f"committed readings: {results.readings_committed}", f"readers: {results.readers}"]
    if results.outside_field:
        words.append(f"outside the reader's field: {results.outside_field}")
    if still := results.readings_opened - results.readings_committed:
        words.append(f"open readings: {still}")
    return ", ".join(words)


class _Table:
    """The lines, and the reasons of figures that do not exist, by the number that stands in their place."""

    def __init__(self, results: Results) -> None:
        self.reasons: list[str] = []
        first, second = results.models
        self.lines: list[Line] = [("cases answered", *(f"{model.answered}/{model.cases}" for model in results.models))]
        self._add_accuracy(first.choice, second.choice)
        self._add_accuracy(first.diagnosis, second.diagnosis)
        self._add_findings(first, second)
        self._add_means("words an answer", [model.words for model in results.models], digits=0)
        if results.readings_committed:
            read = results.readings_committed - results.outside_field
            self.lines.append(("preferred", *(f"{model.preferred}/{read}" for model in results.models)))
            self._add_verdicts(first, second)

    def _add_accuracy(self, *pair: Accuracy) -> None:
        kind = pair[0].kind
        if not pair[0].cases:
            return
        self.lines += [
            (f"{kind} right", *(self._share(accuracy.unclear_wrong) for accuracy in pair)),
            ("  unclear left out", *(self._share(accuracy.unclear_left_out) for accuracy in pair)),
            (
                "  unparsed/refused/cut",
                *(f"{item.unparsed}/{item.refused}/{item.truncated} of {item.answered}" for item in pair),
            ),
        ]
        for name, label in (
            ("waiting", "wait for a reader"),
            ("disputed", "readers differ"),
            ("unscored", "not scored"),
        ):
            if any(getattr(accuracy, name) for accuracy in pair):
                self.lines.append((f"  {label}", *(f"{getattr(item, name)}/{item.answered}" for item in pair)))

    def _add_findings(self, *models: ModelResults) -> None:
        pair = [model.hallucinations for model in models]
        self._add_means("hallucinations an answer", [item.each for item in pair])
        if not any(item.readings for item in pair):
            return
        self.lines.append(("  answers with any", *(self._share(item.answers_with) for item in pair)))
        self._add_counts([item.by_severity for item in pair])
        self._add_counts([item.by_category for item in pair])
        self._add_means("omissions an answer", [item.omissions_each for item in pair])
        self._add_counts([item.omissions_by_severity for item in pair])

    def _add_verdicts(self, *models: ModelResults) -> None:
        given = {name for model in models for name in model.verdicts}
        names = [label.name for label in VERDICTS if label.name in given]
        self.lines += [(f"verdict {name}", *(str(model.verdicts.get(name, 0)) for model in models)) for name in names]

    def _add_counts(self, pair: Sequence[Mapping[str, int]]) -> None:
        self.lines += [(f"  {name}", *(str(counts[name]) for counts in pair)) for name in pair[0]]

    def _add_means(self, label: str, means: Sequence[Mean | Undefined], digits: int = 2) -> None:
        cells = (
            self._undefined(mean) if isinstance(mean, Undefined) else f"{mean.value:.{digits}f} (n = {mean.n})"
            for mean in means
        )
        self.lines.append((label, *cells))

    def _share(self, share: Proportion | Undefined) -> str:
        if isinstance(share, Undefined):
            return self._undefined(share)
        low, high = 100 * share.low, 100 * share.high
        return f"{share.value:.1%} ({low:.1f}-{high:.1f}) {share.successes}/{share.n}"

    def _undefined(self, figure: Undefined) -> str:
        if figure.reason not in self.reasons:
            self.reasons.append(figure.reason)
        return f"none ({self.reasons.index(figure.reason) + 1})"
