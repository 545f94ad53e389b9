"""Files of training cases: native cases, each with two answers and the judgement that readers are trained to make.

A line is a case of the native format with one more field, `training`:

    {"id": "t1", "kind": "choice", ..., "training": {
        "answers": ["...", "..."],
        "verdicts": ["correct", ["incorrect", "partly"]],
        "annotations": [{"answer": 2, "quote": "...", "category": "fabrication", "severity": "major"}],
        "preference": 1,
        "feedback": "..."}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from doubleread.cases.case_file import JsonText
from doubleread.cases.json_lines import quoted
from doubleread.cases.native import native_pack
from doubleread.cases.problems import Problem, expect_usable, read_bytes
from doubleread.domain.annotation import ANSWER
from doubleread.domain.case import Case
from doubleread.domain.documents import text_of_case
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.domain.training import ANSWERS, Alternative, ReferenceAnnotation, TrainingCase
from doubleread.domain.wording import plural

FIELD = "training"
_KNOWN = ("answers", "verdicts", "annotations", "preference", "feedback")
_OF_ANNOTATION = (
    "answer",
    "place",
    "start",
    "end",
    "quote",
    "category",
    "severity",
    "alternatives",
    "optional",
)
_OF_ALTERNATIVE = ("start", "end", "quote", "category", "severity")
_PREFERENCES: Mapping[Any, str] = {1: "1", 2: "2", "1": "1", "2": "2", "tie": "tie", "both bad": "both bad"}


def read_training_file(
    path: str | os.PathLike[str], labels: LabelSet, *, minimum: int = 1, taken: Iterable[str] = ()
) -> tuple[TrainingCase, ...]:
    """Return the training cases of a file. `taken` are ids that other cases of the study have.

    Raises CaseFileError with every problem of every line, and if there are fewer than `minimum` cases.
    """
    file = os.fspath(path)
    pack = native_pack(JsonText(file, read_bytes(path), None))
    problems = list(pack.problems)
    found: list[TrainingCase] = []
    others = frozenset(taken)
    for case, line in zip(pack.cases, pack.lines, strict=True):

        def problem(field: str, message: str, case: Case = case, line: int = line) -> None:
            problems.append(Problem(file, line, field, message, case.id, unit=pack.unit))

        if case.id in others:
            problem("id", f"{quoted(case.id)} is the id of a case of the study; training cases need other ids")
        record = case.extra.get(FIELD)
        if not isinstance(record, Mapping):
            problem(FIELD, "is missing; a training case has an object with answers, verdicts and annotations")
            continue
        plain = replace(case, extra={name: value for name, value in case.extra.items() if name != FIELD})
        wrong = list(_complaints(record, plain, labels))
        for field, message in wrong:
            problem(field, message)
        if not wrong:
            found.append(_training_case(record, plain))
    if not problems and len(found) < minimum:
        problems.append(
            Problem(file, 0, "", f"it has {plural(len(found), 'case')}, but the protocol asks for {minimum}")
        )
    expect_usable(problems, len(found), title="Training cases refused", skip_bad=False, hint="")
    return tuple(found)


def as_training_lines(cases: Iterable[TrainingCase]) -> Iterator[str]:
    """Yield the line of each training case, line feed included."""
    for training in cases:
        record = {**training.case.as_record(), FIELD: _written(training)}
        yield json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _written(training: TrainingCase) -> dict[str, Any]:
    record: dict[str, Any] = {
        "answers": list(training.answers),
        "verdicts": [accepted[0] if len(accepted) == 1 else list(accepted) for accepted in training.verdicts],
        "annotations": [_written_annotation(one) for one in training.annotations],
    }
    if training.preference:
        preferred = training.preference
        record["preference"] = int(preferred) if preferred.isdigit() else preferred
    if training.feedback:
        record["feedback"] = training.feedback
    return record


def _written_annotation(one: ReferenceAnnotation) -> dict[str, Any]:
    record: dict[str, Any] = {
        "answer": one.answer + 1,
        "start": one.start,
        "end": one.end,
        "quote": one.quote,
        "category": one.category,
        "severity": one.severity,
    }
    if one.place != ANSWER:
        record["place"] = one.place
    if one.alternatives:
        record["alternatives"] = [
            {name: value for name in _OF_ALTERNATIVE if (value := getattr(other, name)) is not None}
            for other in one.alternatives
        ]
    return {**record, "optional": True} if one.optional else record


def _complaints(record: Mapping[str, Any], case: Case, labels: LabelSet) -> Iterator[tuple[str, str]]:
    yield from (
        (f"{FIELD}.{name}", f"is not known (there are: {', '.join(_KNOWN)})") for name in sorted({*record} - {*_KNOWN})
    )
    answers: Any = record.get("answers")
    if not _is_pair(answers) or not all(isinstance(text, str) and text.strip() for text in answers):
        yield f"{FIELD}.answers", "must be a list of two texts"
        return
    verdicts: Any = record.get("verdicts")
    known = [label.name for label in VERDICTS]
    if not _is_pair(verdicts) or not all(_accepted(one) and set(_accepted(one)) <= {*known} for one in verdicts):
        yield (
            f"{FIELD}.verdicts",
            f"must be a list of two of {', '.join(known)}, or of lists of those that are accepted",
        )
    if "preference" in record and _preference(record["preference"]) is None:
        yield f"{FIELD}.preference", "must be 1, 2, tie or both bad"
    if not isinstance(record.get("feedback", ""), str):
        yield f"{FIELD}.feedback", "must be a text in quotes"
    annotations = record.get("annotations")
    if not isinstance(annotations, list):
        yield f"{FIELD}.annotations", "must be a list of objects; write [] where the reference has none"
        return
    for number, one in enumerate(annotations, start=1):
        where = f"{FIELD}.annotations, number {number}"
        if not isinstance(one, Mapping):
            yield where, "must be an object with answer, quote, category and severity"
            continue
        yield from ((where, message) for message in _annotation_complaints(one, case, answers, labels))


def _preference(value: Any) -> str | None:
    return _PREFERENCES.get(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _accepted(verdict: Any) -> tuple[str, ...]:
    given = verdict if isinstance(verdict, list) else [verdict]
    return tuple(given) if all(isinstance(one, str) for one in given) else ()


def _annotation_complaints(
    one: Mapping[str, Any], case: Case, answers: Sequence[str], labels: LabelSet
) -> Iterator[str]:
    if unknown := sorted({*one} - {*_OF_ANNOTATION}):
        yield f"{unknown[0]} is not known (there are: {', '.join(_OF_ANNOTATION)})"
    if one.get("answer") not in (1, 2) or isinstance(one.get("answer"), bool):
        yield "answer must be 1 or 2"
        return
    place = one.get("place", ANSWER)
    text = answers[one["answer"] - 1] if place == ANSWER else text_of_case(case, place) if _is_text(place) else None
    if text is None:
        yield f"place must be answer, case, or document: and the id of a document of the case, but is {quoted(place)}"
        return
    omission = labels.omission.name
    if (one.get("category") == omission) == (place == ANSWER):
        yield f"an {omission} belongs in the case or a document, every other annotation in an answer"
    yield from _label_complaints(one, labels, required=True)
    try:
        _located(one, text)
    except ValueError as error:
        yield str(error)
    if not isinstance(one.get("optional", False), bool):
        yield "optional must be true or false"
    alternatives = one.get("alternatives", [])
    if not isinstance(alternatives, list) or not all(isinstance(other, Mapping) for other in alternatives):
        yield "alternatives must be a list of objects"
        return
    for other in alternatives:
        if unknown := sorted({*other} - {*_OF_ALTERNATIVE}):
            yield f"alternatives: {unknown[0]} is not known (there are: {', '.join(_OF_ALTERNATIVE)})"
        yield from (f"alternatives: {message}" for message in _label_complaints(other, labels, required=False))
        if {"start", "end", "quote"} & {*other}:
            try:
                _located(other, text)
            except ValueError as error:
                yield f"alternatives: {error}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _label_complaints(one: Mapping[str, Any], labels: LabelSet, *, required: bool) -> Iterator[str]:
    for name in ("category", "severity"):
        if name not in one and not required:
            continue
        known = [label.name for label in labels.ratings(name)]
        if one.get(name) not in known:
            yield f"{name} must be one of {', '.join(known)}, but is {quoted(one.get(name))}"


def _located(one: Mapping[str, Any], text: str) -> tuple[int, int, str]:
    """Return where quoted words are. Without offsets they must be in the text once. Raises ValueError."""
    quote, start, end = one.get("quote"), one.get("start"), one.get("end")
    if not isinstance(quote, str) or not quote:
        raise ValueError("quote is missing: the annotated words")
    if start is None and end is None:
        if (count := text.count(quote)) != 1:
            times = "not" if not count else f"{count} times"
            raise ValueError(f"the words {quoted(quote)} are {times} in the text; give start and end")
        start = text.index(quote)
        return start, start + len(quote), quote
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ValueError(f"[{start}, {end}) is not a span of a text of {len(text)} characters")
    if text[start:end] != quote:
        raise ValueError(f"the text at [{start}, {end}) does not match the quote {quoted(quote)}")
    return start, end, quote


def _training_case(record: Mapping[str, Any], case: Case) -> TrainingCase:
    first, second = record["answers"]
    verdicts_first, verdicts_second = record["verdicts"]
    return TrainingCase(
        case=case,
        answers=(first, second),
        verdicts=(_accepted(verdicts_first), _accepted(verdicts_second)),
        annotations=tuple(_reference(one, case, (first, second)) for one in record["annotations"]),
        preference=_preference(record.get("preference")) or "",
        feedback=record.get("feedback", ""),
    )


def _reference(one: Mapping[str, Any], case: Case, answers: tuple[str, str]) -> ReferenceAnnotation:
    place = one.get("place", ANSWER)
    text = answers[one["answer"] - 1] if place == ANSWER else text_of_case(case, place) or ""
    start, end, quote = _located(one, text)
    return ReferenceAnnotation(
        answer=ANSWERS[one["answer"] - 1],
        start=start,
        end=end,
        quote=quote,
        category=one["category"],
        severity=one["severity"],
        place=place,
        alternatives=tuple(_alternative(other, text) for other in one.get("alternatives", ())),
        optional=one.get("optional", False),
    )


def _alternative(other: Mapping[str, Any], text: str) -> Alternative:
    category, severity = other.get("category"), other.get("severity")
    if "quote" not in other:
        return Alternative(category, severity)
    start, end, quote = _located(other, text)
    return Alternative(category, severity, start, end, quote)
