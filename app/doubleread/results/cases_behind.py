"""The cases behind an estimate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.wording import plural
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase, Place
from doubleread.results.accuracy import NO_SPECIALTY
from doubleread.results.view import ResultsView

Measure = Literal[
    "answers",
    "measured",
    "reviewed",
    "outcome",
    "counted",
    "clear",
    "top",
    "annotations",
    "category",
    "severity",
    "omissions",
    "verdict",
    "pair",
    "specialty",
    "lead",
    "several",
    "read",
    "axis",
    "again",
]


@dataclass(frozen=True, slots=True)
class Behind:
    """Names an estimate: what it measures, of which kind of case and which model, and which part of it.

    `name` is a status, a number of places, a category, a severity, a verdict, a field of the two-by-two table, a
    specialty, which model did better, an axis, or a reader. `section` tells estimates apart that have the same cases
    behind them.
    """

    measure: Measure
    kind: str = ""
    place: Place | None = None
    name: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class CaseList:
    """The cases behind an estimate, in the study's order, under words that say which they are."""

    title: str
    cases: tuple[AnsweredCase, ...]


def cases_behind(view: ResultsView, behind: Behind) -> CaseList:
    """Return the cases that an estimate was computed from."""
    wanted, words = _of_answer(view, behind) if behind.measure in _OF_ANSWER else _of_case(view, behind)
    cases = tuple(case for case in view.cases if behind.kind in ("", case.kind) and wanted(case))
    return CaseList(f"{words}: {plural(len(cases), 'case')}", cases)


Chosen = tuple[Callable[[AnsweredCase], bool], str]
"""Which cases are wanted, and the words that say so."""


def _of_case(view: ResultsView, behind: Behind) -> Chosen:
    arms, name = view.arm_ids, behind.name
    first, second = view.names
    match behind.measure:
        case "pair":
            words = {
                "both": f"{first} and {second} correct",
                "first_only": f"{first} correct, {second} not",
                "second_only": f"{second} correct, {first} not",
                "neither": "neither correct",
                "": "both answers count",
            }
            return lambda case: case.pair(arms) == name if name else bool(case.pair(arms)), words[name]
        case "lead":
            words = {
                "first": f"{first} preferred",
                "second": f"{second} preferred",
                "even": "neither arm preferred",
                "": "with a preference",
            }
            return lambda case: case.lead(arms) == name if name else case.lead(arms) is not None, words[name]
        case "specialty":
            return lambda case: bool(case.pair(arms)) and _specialty(case) == name, f"{name}, both answers count"
        case "several":
            return lambda case: case.readers > 1, "read by several readers"
        case "axis":
            return lambda case: case.lead(arms, name) is not None, f"compared by {name}"
        case "again" if name:
            return lambda case: name in case.repeat_readers, f"read twice by {name}"
        case "again":
            return lambda case: bool(case.repeat_readers), "read twice by the same reader"
    said = f"{name or behind.kind}, both answers read"
    return lambda case: case.read_both(arms) and (not name or _specialty(case) == name), said


def _specialty(case: AnsweredCase) -> str:
    return case.specialty or NO_SPECIALTY


def _of_answer(view: ResultsView, behind: Behind) -> Chosen:
    place = behind.place
    if place is None and behind.measure == "measured":
        return (
            lambda case: all(answer is not None and answer.measures for answer in case.in_order(view.arm_ids)),
            "both answers measured",
        )
    if place is None:
        return lambda case: case.read_both(view.arm_ids), "both answers read"
    chosen, words = _OF_ANSWER[behind.measure]

    def wanted(case: AnsweredCase) -> bool:
        answer = case.in_order(view.arm_ids)[place]
        return answer is not None and chosen(answer, behind.name)

    return wanted, f"{view.names[place]} {words(behind.name)}"


_OF_ANSWER: Mapping[Measure, tuple[Callable[[ScoredAnswer, str], bool], Callable[[str], str]]] = {
    "answers": (
        lambda answer, name: bool(answer.readings) if name == "read" else True,
        lambda name: "read" if name == "read" else "answered",
    ),
    "measured": (lambda answer, _: bool(answer.measures), lambda _: "measured"),
    "reviewed": (lambda answer, _: answer.override is not None, lambda _: "with a score that a person reviewed"),
    "outcome": (lambda answer, name: answer.status == name, lambda name: name),
    "counted": (lambda answer, _: answer.counts, lambda _: "correct, incorrect or indeterminate"),
    "clear": (lambda answer, _: answer.correct is not None, lambda _: "correct or incorrect"),
    "top": (
        lambda answer, name: answer.rank is not None and answer.rank <= int(name),
        lambda name: f"names the key's diagnosis {'first' if name == '1' else f'among the first {name}'}",
    ),
    "annotations": (lambda answer, _: bool(answer.annotations), lambda _: "with a hallucination"),
    "category": (
        lambda answer, name: any(annotation.category == name for annotation in answer.annotations),
        lambda name: f"with an annotation “{name}”",
    ),
    "severity": (
        lambda answer, name: any(annotation.severity == name for annotation in answer.annotations),
        lambda name: f"with a {name} hallucination",
    ),
    "omissions": (
        lambda answer, name: any(name in ("", omission.severity) for omission in answer.omissions),
        lambda name: f"with a {name} omission" if name else "with an omission",
    ),
    "verdict": (
        lambda answer, name: any(reading.verdict == name for reading in answer.readings),
        lambda name: f"with the verdict “{name}”",
    ),
}
"""By measure of an answer: whether it is chosen, and the words that say so, both with the name of the part."""
