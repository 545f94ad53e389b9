"""The plots about readings: annotations, sentences, verdicts, adjudication, axes and agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doubleread.domain.wording import plural
from doubleread.reports.canvas import Canvas, Drawing, Rows
from doubleread.reports.plots import Plot
from doubleread.results import LabelAgreement
from doubleread.statistics import Group, PairedRates, SpanAgreement


def _each_answer(canvas: Canvas) -> Iterator[Plot]:
    yield from canvas.rates("Annotations per answer", canvas.pair("all", canvas.results.hallucinations.each_answer))


def _each_100_words(canvas: Canvas) -> Iterator[Plot]:
    rates = canvas.results.hallucinations.each_100_words
    yield from canvas.rates("Annotations per 100 words", canvas.pair("all", rates))


def _with_any(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.hallucinations
    rows: Rows = [(canvas.heads[0], 0, found.first_with), (canvas.heads[1], 1, found.second_with)]
    yield from canvas.proportions("Answers with at least one annotation", rows)


def _by(canvas: Canvas, title: str, rates: Mapping[str, PairedRates]) -> Iterator[Plot]:
    yield from canvas.rates(title, [row for name, pair in rates.items() for row in canvas.pair(name, pair)])


def _by_severity(canvas: Canvas) -> Iterator[Plot]:
    yield from _by(canvas, "Annotations per answer, by severity", canvas.results.hallucinations.by_severity)


def _by_category(canvas: Canvas) -> Iterator[Plot]:
    yield from _by(canvas, "Annotations per answer, by category", canvas.results.hallucinations.by_category)


def _difference(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.hallucinations
    named = {"all": found.each_answer, **found.by_severity, **found.by_category}
    rows = [(name, pair.difference) for name, pair in named.items()]
    yield from canvas.differences("annotations per answer", rows, proportions=False)


def _in_groups(canvas: Canvas, name: str, groups: Sequence[Group[Any]]) -> Iterator[Plot]:
    if len(groups) > 1:
        rows = [(group.name, group.result.each_answer.difference) for group in groups]
        yield from canvas.differences(f"annotations per answer, by {name}", rows, proportions=False)


def _by_kind(canvas: Canvas) -> Iterator[Plot]:
    yield from _in_groups(canvas, "kind", canvas.results.hallucination_rates_by_kind)


def _by_specialty(canvas: Canvas) -> Iterator[Plot]:
    yield from _in_groups(canvas, "specialty", canvas.results.hallucination_rates_by_specialty)


def _omissions(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.omissions
    yield from _by(canvas, "Omissions per answer", {"all": found.each_answer, **found.by_severity})


def _sentence_rates(canvas: Canvas) -> Mapping[str, PairedRates]:
    found = canvas.results.sentences
    return {"unsupported or incorrect": found.faulty, **found.by_judgement}


def _sentences(canvas: Canvas) -> Iterator[Plot]:
    rows = [row for name, pair in _sentence_rates(canvas).items() for row in canvas.pair(name, pair)]
    yield from canvas.proportions("Sentence judgements, as proportions of the judged sentences", rows)


def _sentence_difference(canvas: Canvas) -> Iterator[Plot]:
    rows = [(name, pair.difference) for name, pair in _sentence_rates(canvas).items()]
    yield from canvas.differences("proportion of sentences, same cases", rows, proportions=True)


def _verdicts(canvas: Canvas) -> Iterator[Plot]:
    rows = [row for name, pair in canvas.results.verdicts.items() for row in canvas.pair(name, pair)]
    yield from canvas.proportions("Verdicts, as proportions of the readings of an answer", rows)


def _adjudicated(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.adjudicated
    if found is None:
        return
    for title, raw, own in (
        ("Annotations", canvas.results.hallucinations, found.hallucinations),
        ("Omissions", canvas.results.omissions, found.omissions),
    ):
        rows = [*canvas.pair("as read", raw.each_answer), *canvas.pair("adjudicated", own.each_answer)]
        yield from canvas.rates(f"{title} per answer, as read and adjudicated", rows)


def _axes(canvas: Canvas) -> Iterator[Plot]:
    rows = [(axis.name, axis.found.net) for axis in canvas.results.axes]
    yield from canvas.differences("cases in which the answer is better", rows, proportions=True)


def _axes_agreement(canvas: Canvas) -> Iterator[Plot]:
    labels = (label for label in canvas.results.inter_rater.labels if label.of_axis)
    rows: Rows = [(label.subject, None, label.krippendorff) for label in labels]
    yield from canvas.coefficients("Axes: Krippendorff's alpha (ordinal)", rows)


def _labels_agreement(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.inter_rater
    for label in (*found.labels, *found.matched):
        if not label.of_axis:
            of = "" if label.model is None else f", {canvas.heads[label.model]}"
            yield from canvas.coefficients(f"Inter-rater reliability: {label.subject}{of}", _coefficients(label))


def _coefficients(label: LabelAgreement) -> Rows:
    return [
        ("observed agreement", label.model, label.observed),
        ("Cohen's kappa", label.model, label.cohen),
        ("Fleiss' kappa", label.model, label.fleiss),
        ("Krippendorff's alpha", label.model, label.krippendorff),
        ("Gwet's AC1", label.model, label.ac1),
    ]


def _spans(spans: SpanAgreement) -> Rows:
    return [("F1 of annotated words", None, spans.words), ("agreement on spans", None, spans.spans)]


def _span_agreement(canvas: Canvas) -> Iterator[Plot]:
    if canvas.results.inter_rater.cases:
        yield from canvas.coefficients(
            "Inter-rater reliability: annotated spans", _spans(canvas.results.inter_rater.spans)
        )


def _intra_rater(canvas: Canvas) -> Iterator[Plot]:
    for own in canvas.results.intra_rater:
        rows: Rows = [(label.subject, None, label.observed) for label in (*own.labels, *own.matched) if label.cases]
        rows += _spans(own.spans)
        who = "all readers" if own.reader_id is None else own.reader_id
        title = f"Intra-rater observed agreement: {who}, {plural(own.readings, 'repeat reading')}"
        yield from canvas.proportions(title, rows)


READING_PLOTS: tuple[Drawing[Plot], ...] = (
    Drawing("annotations", "hallucinations", _each_answer),
    Drawing("annotations-100-words", "hallucinations", _each_100_words),
    Drawing("answers-with-annotation", "hallucinations", _with_any),
    Drawing("annotations-by-severity", "hallucinations", _by_severity),
    Drawing("annotations-by-category", "hallucinations", _by_category),
    Drawing("annotations-difference", "hallucinations", _difference),
    Drawing("annotations-by-kind", "hallucinations", _by_kind),
    Drawing("annotations-by-specialty", "hallucinations", _by_specialty),
    Drawing("omissions", "omissions", _omissions),
    Drawing("sentences", "sentences", _sentences),
    Drawing("sentences-difference", "sentences", _sentence_difference),
    Drawing("verdicts", "verdicts", _verdicts),
    Drawing("adjudicated", "adjudicated", _adjudicated),
    Drawing("axes", "axes", _axes),
    Drawing("axes-agreement", "agreement", _axes_agreement),
    Drawing("label-agreement", "agreement", _labels_agreement),
    Drawing("span-agreement", "agreement", _span_agreement),
    Drawing("intra-rater", "self-agreement", _intra_rater),
)
