"""What a study has shown so far, by model, every figure with its n. Nothing here is guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from doubleread.domain.labels import LabelSet
from doubleread.domain.model import Model
from doubleread.sessions.judged import JudgedAnswer, judged_answers, reading_counts
from doubleread.statistics.proportions import Proportion, Undefined, proportion
from doubleread.statistics.rates import Mean, mean
from doubleread.store import StudyFile

UNCLEAR = ("unparsed", "refused", "truncated")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many answers of one kind of case are right. `answered` is the sum of all counts below it.

    Choices are settled by the scorer. Diagnoses are settled by readers, after the commit: `waiting` counts those that
    nobody has confirmed or refused yet, `disputed` those on which readers differ. `unscored` answers have no score.
    `unclear_wrong` counts unparsed, refused and truncated answers as wrong, `unclear_left_out` leaves them out;
    waiting, disputed and unscored answers are in neither.
    """

    kind: str
    cases: int
    answered: int
    right: int
    wrong: int
    unparsed: int
    refused: int
    truncated: int
    waiting: int
    disputed: int
    unscored: int
    unclear_wrong: Proportion | Undefined
    unclear_left_out: Proportion | Undefined


@dataclass(frozen=True, slots=True)
class Hallucinations:
    """Findings that stand in committed readings, cases outside a reader's field left out. Omissions are counted apart.

    `answers` were read by somebody, `readings` counts each answer once for each reader. Means are per reading of an
    answer. `answers_with` is the share of answers in which at least one reader marked at least one.
    """

    answers: int
    readings: int
    findings: int
    each: Mean | Undefined
    answers_with: Proportion | Undefined
    by_severity: Mapping[str, int]
    by_category: Mapping[str, int]
    omissions: int
    omissions_each: Mean | Undefined
    omissions_by_severity: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ModelResults:
    """Everything about one model. `words` counts what stands between blanks, in each answer."""

    name: str
    sha256: str
    role: str
    cases: int
    answered: int
    choice: Accuracy
    diagnosis: Accuracy
    words: Mean | Undefined
    hallucinations: Hallucinations
    verdicts: Mapping[str, int]
    preferred: int


@dataclass(frozen=True, slots=True)
class Results:
    """The study as it stands. `preferences` counts committed readings: tie, both bad, and those without a preference.

    `still_reading` maps readers who have not committed every case to the number of cases they have still to read.
    """

    study_id: str
    title: str
    cases: int
    models: tuple[ModelResults, ModelResults]
    readers: int
    readings_opened: int
    readings_committed: int
    outside_field: int
    preferences: Mapping[str, int]
    still_reading: Mapping[str, int]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be said beside the figures."""
        found = []
        if self.still_reading:
            names = ", ".join(f"{reader} ({left} to go)" for reader, left in self.still_reading.items())
            found.append(f"these results name the models; readers who are not done must not see them: {names}")
        for model in self.models:
            if model.answered < model.cases:
                missing = model.cases - model.answered
                found.append(f"{model.name}: {missing} of {model.cases} answers are missing, and in no figure")
        return tuple(found)

    def as_record(self) -> dict[str, Any]:
        """Return the results as JSON. A share is successes, n, value and interval; one that is undefined says why."""
        return {**_record(self), "warnings": list(self.warnings)}


def results(study: StudyFile) -> Results:
    """Count what the study file holds. Raises StudyFileError where it cannot be read or is a reader's own file."""
    study.expect_models("No results")
    cases = dict.fromkeys(("choice", "diagnosis"), 0)
    for row in study.connection.rows("SELECT kind, count(*) AS n FROM cases GROUP BY kind"):
        cases[row["kind"]] = row["n"]
    answers = judged_answers(study)
    counts = reading_counts(study)
    total = sum(cases.values())
    first, second = study.models()
    labels = study.protocol.labels
    return Results(
        study_id=study.study_id,
        title=study.protocol.title,
        cases=total,
        models=(_of_model(first, cases, answers, labels), _of_model(second, cases, answers, labels)),
        readers=counts.readers,
        readings_opened=counts.opened,
        readings_committed=counts.committed,
        outside_field=counts.outside_field,
        preferences=counts.preferences,
        still_reading=counts.still_reading,
    )


def _of_model(
    model: Model, cases: Mapping[str, int], answers: Iterable[JudgedAnswer], labels: LabelSet
) -> ModelResults:
    own = [answer for answer in answers if answer.model_id == model.id]
    verdicts = Counter(verdict for answer in own for verdict in answer.verdicts)
    return ModelResults(
        name=model.name,
        sha256=model.sha256,
        role=model.role,
        cases=sum(cases.values()),
        answered=len(own),
        choice=_accuracy("choice", cases["choice"], own),
        diagnosis=_accuracy("diagnosis", cases["diagnosis"], own),
        words=mean(answer.words for answer in own),
        hallucinations=_hallucinations(own, labels),
        verdicts=dict(verdicts),
        preferred=sum(answer.preferred for answer in own),
    )


def _accuracy(kind: str, cases: int, answers: Iterable[JudgedAnswer]) -> Accuracy:
    states = Counter(answer.standing for answer in answers if answer.kind == kind)
    right, wrong = states["right"], states["wrong"]
    unclear = sum(states[state] for state in UNCLEAR)
    return Accuracy(
        kind=kind,
        cases=cases,
        answered=sum(states.values()),
        right=right,
        wrong=wrong,
        unparsed=states["unparsed"],
        refused=states["refused"],
        truncated=states["truncated"],
        waiting=states["waiting"],
        disputed=states["disputed"],
        unscored=states["unscored"],
        unclear_wrong=_share(kind, right, right + wrong + unclear, states),
        unclear_left_out=_share(kind, right, right + wrong, states),
    )


def _share(kind: str, right: int, n: int, states: Mapping[str, int]) -> Proportion | Undefined:
    nothing_settled = bool(states.get("waiting")) and not states.get("right") and not states.get("wrong")
    if n and not nothing_settled:
        return proportion(right, n)
    if not sum(states.values()):
        return Undefined(f"there are no answers to {kind} cases")
    if nothing_settled:
        return Undefined("no reader has confirmed or refused a proposed diagnosis yet")
    return Undefined("no answer states a choice that could be found")


def _hallucinations(answers: Iterable[JudgedAnswer], labels: LabelSet) -> Hallucinations:
    read = [answer for answer in answers if answer.readings]
    grades = [label.name for label in labels.severities]
    marked: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for answer in read:
        for category, severity in answer.findings:
            if category == labels.omission.name:
                left_out[severity] += 1
            else:
                marked[category] += 1
                severities[severity] += 1
    each = [count for answer in read for count in answer.findings_each]
    omitted = [count for answer in read for count in answer.omissions_each]
    return Hallucinations(
        answers=len(read),
        readings=len(each),
        findings=sum(marked.values()),
        each=mean(each) if each else _unread(),
        answers_with=proportion(sum(any(answer.findings_each) for answer in read), len(read)) if read else _unread(),
        by_severity={name: severities[name] for name in grades},
        by_category={label.name: marked[label.name] for label in labels.categories},
        omissions=sum(left_out.values()),
        omissions_each=mean(omitted) if omitted else _unread(),
        omissions_by_severity={name: left_out[name] for name in grades},
    )


def _unread() -> Undefined:
    return Undefined("no reading of it is committed")


def _record(value: Any) -> Any:
    """Return JSON for a tree of dataclasses; shares and means come with their value."""
    if isinstance(value, Undefined):
        return {"undefined": value.reason}
    if is_dataclass(value):
        record = {item.name: _record(getattr(value, item.name)) for item in fields(value)}
        return {"value": value.value, **record} if isinstance(value, Proportion | Mean) else record
    if isinstance(value, Mapping):
        return {name: _record(inner) for name, inner in value.items()}
    return [_record(inner) for inner in value] if isinstance(value, tuple) else value
