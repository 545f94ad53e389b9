"""The cases behind an estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.wording import plural
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase, Place
from doubleread.results.accuracy import NO_SPECIALTY
from doubleread.results.view import ResultsView

Measure = Literal[
    "answers",
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
    specialty, who is in the lead, an axis, or a reader. `section` tells estimates apart that have the same cases behind
    them.
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
    wanted = _chooser(behind, view.model_ids)
    cases = tuple(case for case in view.cases if behind.kind in ("", case.kind) and wanted(case))
    return CaseList(f"{_words(view, behind)}: {plural(len(cases), 'case')}", cases)


def _chooser(behind: Behind, models: tuple[str, str]) -> Callable[[AnsweredCase], bool]:
    name, place = behind.name, behind.place
    of_case: dict[Measure, Callable[[AnsweredCase], bool]] = {
        "pair": lambda case: case.pair(models) == name if name else bool(case.pair(models)),
        "specialty": lambda case: bool(case.pair(models)) and (case.specialty or NO_SPECIALTY) == name,
        "lead": lambda case: case.lead(models) == name if name else case.lead(models) is not None,
        "several": lambda case: case.readers > 1,
        "read": lambda case: case.read_both(models) and (not name or (case.specialty or NO_SPECIALTY) == name),
        "axis": lambda case: case.lead(models, name) is not None,
        "again": lambda case: name in case.repeat_readers if name else bool(case.repeat_readers),
    }
    if behind.measure in of_case:
        return of_case[behind.measure]
    if place is None:
        return lambda case: case.read_both(models)
    choose = _of_answer(behind)
    return lambda case: (answer := case.in_order(models)[place]) is not None and choose(answer)


def _of_answer(behind: Behind) -> Callable[[ScoredAnswer], bool]:
    name = behind.name
    choosers: dict[Measure, Callable[[ScoredAnswer], bool]] = {
        "answers": lambda answer: bool(answer.readings) if name == "read" else True,
        "reviewed": lambda answer: answer.override is not None,
        "outcome": lambda answer: answer.status == name,
        "counted": lambda answer: answer.counts,
        "clear": lambda answer: answer.correct is not None,
        "top": lambda answer: answer.rank is not None and answer.rank <= int(name),
        "annotations": lambda answer: bool(answer.annotations),
        "category": lambda answer: any(annotation.category == name for annotation in answer.annotations),
        "severity": lambda answer: any(annotation.severity == name for annotation in answer.annotations),
        "omissions": lambda answer: any(name in ("", omission.severity) for omission in answer.omissions),
        "verdict": lambda answer: any(reading.verdict == name for reading in answer.readings),
    }
    return choosers[behind.measure]


def _words(view: ResultsView, behind: Behind) -> str:
    first, second = view.names
    name = behind.name
    of_case: dict[Measure, dict[str, str]] = {
        "pair": {
            "both": f"{first} and {second} correct",
            "first_only": f"{first} correct, {second} not",
            "second_only": f"{second} correct, {first} not",
            "neither": "neither correct",
            "": "both answers count",
        },
        "lead": {
            "first": f"{first} preferred",
            "second": f"{second} preferred",
            "even": "neither model preferred",
            "": "with a preference",
        },
        "specialty": {name: f"{name}, both answers count"},
        "several": {"": "read by several readers"},
        "read": {name: f"{name or behind.kind}, both answers read"},
        "axis": {name: f"compared by {name}"},
        "again": {name: f"read twice by {name}" if name else "read twice by the same reader"},
    }
    if behind.measure in of_case:
        return of_case[behind.measure][name]
    if behind.place is None:
        return "both answers read"
    words: dict[Measure, str] = {
        "answers": "read" if name == "read" else "answered",
        "reviewed": "with a score that a person reviewed",
        "outcome": name,
        "counted": "correct, incorrect or indeterminate",
        "clear": "correct or incorrect",
        "top": f"names the key's diagnosis among the first {name}"
        if name != "1"
        else "names the key's diagnosis first",
        "annotations": "with a hallucination",
        "category": f"with an annotation “{name}”",
        "severity": f"with a {name} hallucination",
        "omissions": f"with a {name} omission" if name else "with an omission",
        "verdict": f"with the verdict “{name}”",
    }
    return f"{view.names[behind.place]} {words[behind.measure]}"
