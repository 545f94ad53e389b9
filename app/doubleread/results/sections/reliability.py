"""Inter-rater and intra-rater reliability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doubleread.domain.wording import plural
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.labels import LabelAgreement
from doubleread.results.scales import AGREEMENT, COEFFICIENT
from doubleread.results.section import Cell, Mark, Plot, Row, Section, Value, arm_heads, drawn
from doubleread.statistics import Estimate, SpanAgreement, Undefined

CHAPTER = "agreement"
_COEFFICIENTS: Mapping[str, tuple[str, str]] = {
    "observed": ("observed", "observed agreement"),
    "cohen": ("Cohen", "Cohen's kappa"),
    "fleiss": ("Fleiss", "Fleiss' kappa"),
    "krippendorff": ("Krippendorff", "Krippendorff's alpha"),
    "ac1": ("Gwet AC1", "Gwet's AC1"),
}
"""By field: the label in a table and in a plot."""


def inter_rater(results: Results) -> Section | None:
    """Agreement of different readers of the same cases, in labels and in marked spans."""
    found = results.inter_rater
    if not found.cases:
        return None
    behind = Behind("several")
    by_subject: dict[str, dict[int | None, LabelAgreement]] = {}
    for label in (*found.labels, *found.matched):
        by_subject.setdefault(label.subject, {})[label.arm] = label
    rows, plots, axes = [], [], []
    for subject, labels in by_subject.items():
        values = {name: {place: _value(one, name, behind) for place, one in labels.items()} for name in _COEFFICIENTS}
        coefficients = (Row(name, label, _by_arm(values[name])) for name, (label, _) in _COEFFICIENTS.items())
        cases = _by_arm({place: plural(one.cases, "case") for place, one in labels.items()})
        rows.append(Row(subject, subject, cases, tuple(coefficients)))
        if any(label.of_axis for label in labels.values()):
            axes.append(Mark(subject, None, values["krippendorff"][None]))
            continue
        marks = [
            Mark(words, place, values[name][place]) for name, (_, words) in _COEFFICIENTS.items() for place in labels
        ]
        title = f"Inter-rater reliability: {subject}"
        plots.append(Plot(f"agreement-{subject}", title, tuple(marks), COEFFICIENT))
    spans = _spans(found.spans, behind)
    first = " before the consensus round" if results.consensus is not None else ""
    return Section(
        "inter-rater-reliability",
        f"Inter-rater reliability{first}, {plural(found.cases, 'case')} read by several readers",
        CHAPTER,
        arm_heads(results),
        (*rows, *spans),
        drawn(
            Plot("axes-agreement", "Axes: Krippendorff's alpha (ordinal)", tuple(axes)),
            *plots,
            _spans_plot("span-agreement", "Inter-rater reliability: annotated spans", spans),
        ),
    )


def _by_arm(cells: Mapping[int | None, Cell]) -> dict[str, Cell]:
    return {{0: "first", 1: "second", None: "both"}[place]: cell for place, cell in cells.items()}


def _value(label: LabelAgreement, name: str, behind: Behind) -> Value:
    found: Estimate | Undefined = getattr(label, name)
    return Value(found, AGREEMENT if name == "observed" else COEFFICIENT, behind)


def _spans(spans: SpanAgreement, behind: Behind) -> tuple[Row, Row]:
    matched = f"{spans.matched:,}, unmatched {spans.first_only + spans.second_only:,}"
    return (
        Row("annotated-words", "annotated words F1", {"both": Value(spans.words, AGREEMENT, behind)}),
        Row(
            "annotated-spans",
            "annotated spans",
            {"both": Value(spans.spans, AGREEMENT, behind)},
            (Row("matched", "matched", {"both": matched}),),
        ),
    )


def _spans_plot(key: str, title: str, rows: Iterable[Row]) -> Plot:
    return Plot(key, title, tuple(Mark(row.label, None, value) for row in rows if (value := row.value("both"))))


def intra_rater(results: Results) -> Section | None:
    """Agreement of both readings by the same reader: all readers together, then each."""
    if not results.intra_rater:
        return None
    rows, plots = [], []
    for own in results.intra_rater:
        who = "all readers" if own.reader_id is None else own.reader_id
        behind = Behind("again", name=own.reader_id or "")
        spans = _spans(own.spans, behind)
        labels = tuple(
            Row(
                label.subject,
                label.subject,
                {"observed": Value(label.observed, AGREEMENT, behind), "ac1": Value(label.ac1, COEFFICIENT)},
                (
                    Row(
                        "kappa",
                        "Cohen, alpha",
                        {
                            "cohen": Value(label.cohen, COEFFICIENT),
                            "krippendorff": Value(label.krippendorff, COEFFICIENT),
                        },
                    ),
                ),
            )
            for label in own.compared
        )
        cells: dict[str, Cell] = {"cases": plural(own.cases, "case"), "repeats": plural(own.readings, "repeat reading")}
        rows.append(Row(own.reader_id or "", who, cells, (*labels, *spans)))
        marks = [Mark(row.label, None, value) for row in labels if (value := row.value("observed"))]
        marks += [Mark(row.label, None, value) for row in spans if (value := row.value("both"))]
        title = f"Intra-rater observed agreement: {who}, {plural(own.readings, 'repeat reading')}"
        plots.append(Plot(f"intra-rater-{who}", title, tuple(marks)))
    return Section(
        "intra-rater-reliability",
        "Intra-rater reliability, cases read twice",
        CHAPTER,
        ("observed", "Gwet AC1"),
        tuple(rows),
        drawn(*plots),
    )


def over_time(results: Results) -> Section | None:
    """Agreement of both readings in the earlier and the later half of each reader's repeats."""
    found = results.repeats_over_time
    if found is None:
        return None
    behind = Behind("again")
    rows = []
    for key, own in (("earlier", found.earlier), ("later", found.later)):
        labels = tuple(
            Row(
                label.subject,
                label.subject,
                {"observed": Value(label.observed, AGREEMENT, behind), "ac1": Value(label.ac1, COEFFICIENT)},
            )
            for label in own.compared
        )
        below = (*labels, *_spans(own.spans, behind))
        rows.append(Row(key, f"{key} half", {"repeats": plural(own.readings, "repeat reading")}, below))
    return Section(
        "intra-rater-over-time",
        "Intra-rater reliability over time",
        CHAPTER,
        ("observed", "Gwet AC1"),
        tuple(rows),
    )
