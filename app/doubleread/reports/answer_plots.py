"""The plots about the answers: accuracy and diagnoses."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.reports.canvas import Canvas, Drawing, Rows
from doubleread.reports.plots import Plot


def _accuracy(canvas: Canvas, title: str, name: str) -> Iterator[Plot]:
    rows: Rows = [
        (f"{canvas.heads[place]}, {one.kind}", place, getattr(one, name))
        for item in canvas.compared
        for place, one in enumerate(canvas.of_kind(item.kind))
    ]
    yield from canvas.proportions(title, rows)


def _as_incorrect(canvas: Canvas) -> Iterator[Plot]:
    yield from _accuracy(canvas, "Correct answers, indeterminate ones counted as incorrect", "indeterminate_incorrect")


def _determinate(canvas: Canvas) -> Iterator[Plot]:
    if any(item.paired.indeterminate for item in canvas.compared):
        yield from _accuracy(canvas, "Correct answers, indeterminate ones left out", "indeterminate_left_out")


def _difference(canvas: Canvas) -> Iterator[Plot]:
    rows = []
    for item in canvas.compared:
        if item.paired.indeterminate:
            rows += [
                (f"{item.kind}, indeterminate as incorrect", item.paired.indeterminate_incorrect.difference),
                (f"{item.kind}, indeterminate left out", item.paired.indeterminate_left_out.difference),
            ]
        else:
            rows.append((item.kind, item.paired.indeterminate_incorrect.difference))
    by_specialty = canvas.results.accuracy_by_specialty
    if len(by_specialty) > 1:
        rows += [(group.name, group.result.indeterminate_incorrect.difference) for group in by_specialty]
    yield from canvas.differences("correct answers, same cases", rows, proportions=True)


def _top(canvas: Canvas) -> Iterator[Plot]:
    found = canvas.results.diagnoses
    if not found.compared:
        return
    rows: Rows = []
    for places, proportions in found.top.items():
        where = "first" if places == "1" else f"among the first {places}"
        rows += [
            (f"{canvas.heads[0]}, {where}", 0, proportions.first),
            (f"{canvas.heads[1]}, {where}", 1, proportions.second),
        ]
    by = "by the scorer and by score review" if found.reviewed else "by the scorer"
    yield from canvas.proportions(f"The key diagnosis in the answer, {by}", rows)


def _proposals(canvas: Canvas) -> Iterator[Plot]:
    rows: Rows = [
        (f"{canvas.heads[place]}, {words}", place, figure)
        for place, one in enumerate(canvas.results.diagnoses.proposals)
        for words, figure in (
            ("proposals confirmed by people", one.precision),
            ("named diagnoses that were proposed", one.recall),
        )
    ]
    yield from canvas.proportions("Scorer's proposals against human judgement", rows)


ANSWER_PLOTS: tuple[Drawing[Plot], ...] = (
    Drawing("accuracy", "accuracy", _as_incorrect),
    Drawing("accuracy-determinate", "accuracy", _determinate),
    Drawing("accuracy-difference", "accuracy", _difference),
    Drawing("top-diagnoses", "diagnoses", _top),
    Drawing("proposals", "diagnoses", _proposals),
)
