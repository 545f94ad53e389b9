"""All results of a study, computed from one state of the file."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from doubleread.domain.arm import Arm
from doubleread.domain.case import CATEGORICAL, CaseKind
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.score import Outcome
from doubleread.domain.wording import plural, verb
from doubleread.progress import Progress, untold
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.blinding import Blinding, Blindness, blindness
from doubleread.read_model.cases import AnsweredCase, AnsweredStudy, answered_study
from doubleread.read_model.long_cases import DocumentsGiven, documents_given, longhealth_scores
from doubleread.read_model.readers import ReaderProgress
from doubleread.read_model.samples import CaseScores, scores_of_samples
from doubleread.read_model.study_counts import committed_repeats, imported_annotations
from doubleread.results.accuracy import (
    ALL_KINDS,
    Accuracy,
    AccuracyComparison,
    Pair,
    accuracy,
    accuracy_by,
    compared,
    kind_of,
    specialty,
)
from doubleread.results.adjudicated import AdjudicatedEstimates, adjudicated_estimates
from doubleread.results.answer_scales import RatedScales, ScaleResults, rated_scales, scale_results
from doubleread.results.blinding_assessment import BlindingAssessments, blinding_assessments
from doubleread.results.consensus import ConsensusResults, consensus_results
from doubleread.results.diagnoses import Diagnoses, diagnoses
from doubleread.results.fields import FieldComparison, field_comparisons
from doubleread.results.hallucinating import ComparedRates, hallucinating_by, hallucination_rates_by
from doubleread.results.levels import LevelResults, level_results
from doubleread.results.long_cases import LongHealthTask, longhealth_tasks
from doubleread.results.measures import MeasureComparison, measure_comparisons
from doubleread.results.readings import (
    AxisComparison,
    axis_comparisons,
    hallucinations,
    omissions,
    preferred,
    verdicts,
    words,
)
from doubleread.results.reliability import (
    InterRaterReliability,
    IntraRaterReliability,
    inter_rater_reliability,
    intra_rater_reliability,
)
from doubleread.results.repeated_runs import RepeatedAnswers, repeated_answers
from doubleread.results.repeats_over_time import RepeatsOverTime, repeats_over_time
from doubleread.results.retrieval import RetrievalResults, retrieval_results
from doubleread.results.rubric import CriteriaAgreement, RubricScores, criteria_agreement, rubric_scores
from doubleread.results.sentences import SentenceResults, sentence_results
from doubleread.results.training import TrainingResults, training_results
from doubleread.results.versions import ProtocolVersion, protocol_versions
from doubleread.statistics import Group, Hallucinating, PairedAccuracy, PairedProportions, PairedRates, Preferences
from doubleread.store import StudyFile

LARGE = 1_000
"""With this many cases or more, partial results are shown first."""
_STEPS = 3
"""Soonest estimates, groups of cases, agreement of readers."""
_OUTCOMES: tuple[Outcome, ...] = ("correct", "incorrect", "measured", "proposed", "unparsed", "refused", "truncated")


@dataclass(frozen=True, slots=True)
class Annotations:
    """Annotations in one model's answers in committed readings, cases outside a reader's field left out.

    Omissions are counted apart. `answers` were read by somebody, `readings` counts each answer once for each reader,
    `answers_with` are those in which at least one reader marked at least one annotation.
    """

    answers: int
    readings: int
    annotations: int
    answers_with: int
    by_severity: Mapping[str, int]
    by_category: Mapping[str, int]
    omissions: int


@dataclass(frozen=True, slots=True)
class ArmResults:
    """What was counted of one model. `outcomes` are the scorer's, before a reader confirmed or rejected a diagnosis.

    `overall` and `by_kind` are proportions of correct answers, to cases of the kinds `CATEGORICAL`. `preferred`
    counts readings that preferred it. `sha256` and `role` are empty while the study is blind.
    """

    id: str
    name: str
    sha256: str
    role: str
    cases: int
    answered: int
    outcomes: Mapping[str, int]
    overall: Accuracy
    by_kind: Mapping[CaseKind, Accuracy]
    annotations: Annotations
    verdicts: Mapping[str, int]
    preferred: int


@dataclass(frozen=True, slots=True)
class StudyProgress:
    """How far answers and readings are. `read_by` counts cases by the number of their readers."""

    cases: int
    answered: tuple[int, int]
    opened: int
    committed: int
    outside_field: int
    active_seconds: float
    read_by: Mapping[str, int]
    readers: tuple[ReaderProgress, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a study. Every pair is in the order of `models`, every difference the first minus the second.

    `accuracy` compares all kinds of case with correct answers together and each by itself, `measures` those whose
    answers are measured, `fields` those of extraction. `retrieval` is None without an arm that has it, `rubric` and
    `criteria_agreement` if no criteria were judged. `words` are of an answer, `verdicts` proportions of the readings of
    an answer, `levels` by ordinal scale. `repeated_runs` is None if the protocol asks for one answer to a case;
    `longhealth` is of all answers too, all other estimates are of first answers. `documents` counts what the answers of
    each arm were given, `imported_annotations` by reader the annotations that came from files. `training` is None where
    no reader was trained, `repeats_over_time` where too few cases were read twice; no other result counts training.
    `consensus` is None without a consensus round; reliability is that of readings as they were before it.
    """

    study_id: str
    title: str
    cases: int
    blindness: Blindness
    progress: StudyProgress
    arms: tuple[ArmResults, ArmResults]
    accuracy: tuple[AccuracyComparison, ...]
    accuracy_by_kind: tuple[Group[PairedAccuracy], ...]
    accuracy_by_specialty: tuple[Group[PairedAccuracy], ...]
    measures: tuple[MeasureComparison, ...]
    fields: tuple[FieldComparison, ...]
    retrieval: RetrievalResults | None
    rubric: RubricScores | None
    diagnoses: Diagnoses
    adjudicated: AdjudicatedEstimates | None
    words: PairedRates
    hallucinations: Hallucinating
    hallucinating_by_kind: tuple[Group[PairedProportions], ...]
    hallucinating_by_specialty: tuple[Group[PairedProportions], ...]
    hallucination_rates_by_kind: tuple[Group[ComparedRates], ...]
    hallucination_rates_by_specialty: tuple[Group[ComparedRates], ...]
    omissions: Hallucinating
    sentences: SentenceResults
    verdicts: Mapping[str, PairedRates]
    preference: Preferences
    axes: tuple[AxisComparison, ...]
    answer_scales: tuple[ScaleResults, ...]
    levels: Mapping[str, LevelResults]
    inter_rater: InterRaterReliability
    criteria_agreement: CriteriaAgreement | None
    blinding_assessments: BlindingAssessments
    intra_rater: tuple[IntraRaterReliability, ...]
    versions: tuple[ProtocolVersion, ...]
    repeated_runs: RepeatedAnswers | None
    documents: tuple[DocumentsGiven, DocumentsGiven] = (DocumentsGiven(), DocumentsGiven())
    longhealth: tuple[LongHealthTask, ...] = ()
    imported_annotations: Mapping[str, int] = field(default_factory=dict)
    training: TrainingResults | None = None
    repeats_over_time: RepeatsOverTime | None = None
    consensus: ConsensusResults | None = None

    @property
    def still_reading(self) -> Mapping[str, int]:
        """How many cases each reader who is not done has left."""
        return {reader.reader_id: reader.left for reader in self.progress.readers if reader.left > 0}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings to show beside the estimates."""
        found = []
        if not self.blindness.named:
            found.append(f"the arms are not named until every reading is committed ({self.blindness.reason})")
        elif self.still_reading:
            names = ", ".join(f"{reader} ({left} to go)" for reader, left in self.still_reading.items())
            found.append(f"these results name the arms; readers who are not done must not see them: {names}")
        for arm in self.arms:
            if missing := arm.cases - arm.answered:
                of_them = f"{missing} of {plural(arm.cases, 'answer')} {verb(missing, 'is', 'are')} missing"
                found.append(f"{arm.name}: {of_them}, and not counted")
            if pending := arm.overall.pending:
                found.append(
                    f"{arm.name}: {plural(pending, 'proposed diagnosis', 'proposed diagnoses')} not confirmed or"
                    " rejected by a reader yet, so not counted in the proportion correct"
                )
        return tuple(found)


def results(study: StudyFile, *, reliability: bool = True, progress: Progress = untold) -> Results:
    """Count what the study file holds. Raises StudyFileError if it cannot be read or is a reader's own file.

    Without `reliability`, the agreement of readers stays empty, which takes longest to compute.
    """
    with _uncollected():
        # The cases go before collection resumes, which would look at all of them.
        steps = counted_in_steps(study, reliability=reliability, progress=progress)
        return deque((found for found, _ in steps), maxlen=1).pop()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do without garbage collection, which takes a twentieth of the time and frees nothing: no cycles are made."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def results_and_cases(study: StudyFile) -> tuple[Results, tuple[AnsweredCase, ...]]:
    """Return the results with the cases that they were counted from; one state of the file shows both.

    Raises StudyFileError as `results` does.
    """
    *_, whole = counted_in_steps(study)
    return whole


def counted_in_steps(
    study: StudyFile, *, reliability: bool = True, progress: Progress = untold
) -> Iterator[tuple[Results, tuple[AnsweredCase, ...]]]:
    """Yield the results; in a large study, first yield those that are computed soonest, without agreement and groups.
    Both show one state of the file. What is not computed yet is empty. Raises StudyFileError as `results` does.
    """
    study.expect_models("No results")
    with study.connection.snapshot() as db:
        answered = answered_study(study, db, progress)
        blind = blindness(db, answered.readers)
        blinding = Blinding(blind, study.secret, study.arms())
        versions = tuple(replace(version, reason=blinding.text(version.reason)) for version in protocol_versions(db))
        shown = blinding.arms
        assessed = blinding_assessments(db, study.arms(), named=blind.named)
        samples = scores_of_samples(db) if study.protocol.samples > 1 else {}
        given, long = documents_given(db), longhealth_scores(db)
        imported = imported_annotations(db)
        repeated = committed_repeats(db)
    arms = (shown[0].id, shown[1].id)
    progress("Computing estimates", 0, _STEPS)
    soonest = replace(
        _counted(study, answered, blind, versions, shown, assessed),
        documents=(given.get(arms[0], DocumentsGiven()), given.get(arms[1], DocumentsGiven())),
        longhealth=longhealth_tasks(long, arms, study.protocol.samples),
        imported_annotations=imported,
        training=training_results(study),
    )
    if len(answered.cases) >= LARGE:
        yield soonest, answered.cases
    progress("Computing estimates", 1, _STEPS)
    whole = _with_the_rest(study, answered, samples, soonest)
    if reliability:
        progress("Computing estimates", 2, _STEPS)
        whole = _with_reliability(study, answered, whole)
        over_time = repeats_over_time(answered.first, repeated, arms, answered.labels)
        whole = replace(whole, repeats_over_time=over_time)
    yield whole, answered.cases


def _counted(
    study: StudyFile,
    answered: AnsweredStudy,
    blind: Blindness,
    versions: tuple[ProtocolVersion, ...],
    shown: tuple[Arm, Arm],
    assessed: BlindingAssessments,
) -> Results:
    cases, arms = answered.cases, (shown[0].id, shown[1].id)
    by_kind = {kind: [case for case in cases if case.kind == kind] for kind in CATEGORICAL}
    categorical = [case for case in cases if case.kind in CATEGORICAL]
    return Results(
        study_id=study.study_id,
        title=study.protocol.title,
        cases=len(cases),
        blindness=blind,
        progress=_progress(answered, arms),
        arms=(_of_arm(shown[0], answered, by_kind), _of_arm(shown[1], answered, by_kind)),
        accuracy=(
            compared(ALL_KINDS, categorical, arms),
            *(compared(kind, listed, arms) for kind, listed in by_kind.items() if listed),
        ),
        accuracy_by_kind=accuracy_by(categorical, arms, kind_of),
        accuracy_by_specialty=accuracy_by(categorical, arms, specialty),
        measures=measure_comparisons(cases, arms),
        fields=field_comparisons(cases, arms),
        retrieval=retrieval_results(cases, arms),
        rubric=rubric_scores(cases, arms),
        diagnoses=diagnoses(by_kind["diagnosis"], arms),
        adjudicated=adjudicated_estimates(answered.adjudicated, arms, answered.labels),
        words=words(cases, arms),
        hallucinations=hallucinations(cases, arms, answered.labels),
        hallucinating_by_kind=(),
        hallucinating_by_specialty=(),
        hallucination_rates_by_kind=(),
        hallucination_rates_by_specialty=(),
        omissions=omissions(cases, arms, answered.labels),
        sentences=sentence_results(cases, arms),
        verdicts=verdicts(cases, arms),
        preference=preferred(cases, arms),
        axes=axis_comparisons(cases, arms, study.protocol.axes),
        answer_scales=scale_results(cases, arms, _scales_of(study)),
        levels={scale.name: level_results(scale, cases) for scale in SCALES},
        inter_rater=inter_rater_reliability((), arms, answered.labels),
        criteria_agreement=None,
        blinding_assessments=assessed,
        intra_rater=(),
        versions=versions,
        repeated_runs=None,
    )


def _with_the_rest(
    study: StudyFile, answered: AnsweredStudy, samples: Mapping[str, CaseScores], soonest: Results
) -> Results:
    """Return the results with groups of cases and repeated runs."""
    cases, arms = answered.cases, (soonest.arms[0].id, soonest.arms[1].id)
    return replace(
        soonest,
        hallucinating_by_kind=hallucinating_by(cases, arms, kind_of),
        hallucinating_by_specialty=hallucinating_by(cases, arms, specialty),
        hallucination_rates_by_kind=hallucination_rates_by(cases, arms, kind_of),
        hallucination_rates_by_specialty=hallucination_rates_by(cases, arms, specialty),
        repeated_runs=repeated_answers(len(cases), samples, arms, study.protocol.samples)
        if study.protocol.samples > 1
        else None,
    )


def _with_reliability(study: StudyFile, answered: AnsweredStudy, found: Results) -> Results:
    cases, arms = answered.first, (found.arms[0].id, found.arms[1].id)
    axes = [axis.name for axis in study.protocol.axes]
    scales = _scales_of(study).subjects()
    before = inter_rater_reliability(cases, arms, answered.labels, axes, scales)
    after = before
    if answered.revisable:
        after = inter_rater_reliability(answered.cases, arms, answered.labels, axes, scales)
    return replace(
        found,
        inter_rater=before,
        consensus=consensus_results(answered.revisable, after),
        criteria_agreement=criteria_agreement(cases),
        intra_rater=intra_rater_reliability(cases, arms, answered.labels, axes, scales),
    )


def _scales_of(study: StudyFile) -> RatedScales:
    return rated_scales(protocol for _, protocol in study.protocols())


def _of_arm(arm: Arm, answered: AnsweredStudy, by_kind: Mapping[CaseKind, Sequence[AnsweredCase]]) -> ArmResults:
    own = [case.answers[arm.id] for case in answered.cases if arm.id in case.answers]
    scored = Counter(answer.outcome for answer in own)
    said = Counter(reading.verdict for answer in own for reading in answer.readings)
    ids = {answer.id for answer in own}
    return ArmResults(
        id=arm.id,
        name=arm.name,
        sha256=arm.model_sha256,
        role=arm.role,
        cases=len(answered.cases),
        answered=len(own),
        outcomes={outcome: scored[outcome] for outcome in _OUTCOMES},
        overall=accuracy(ALL_KINDS, [case for case in answered.cases if case.kind in CATEGORICAL], arm.id),
        by_kind={kind: accuracy(kind, listed, arm.id) for kind, listed in by_kind.items()},
        annotations=_annotations(own, answered.labels),
        verdicts={label.name: said[label.name] for label in VERDICTS},
        preferred=sum(choice in ids for case in answered.cases for choice in case.preferences.values()),
    )


def _annotations(answers: Sequence[ScoredAnswer], labels: LabelSet) -> Annotations:
    read = [answer for answer in answers if answer.readings]
    marked = [annotation for answer in read for annotation in answer.annotations]
    categories = Counter(annotation.category for annotation in marked)
    severities = Counter(annotation.severity for annotation in marked)
    return Annotations(
        answers=len(read),
        readings=sum(len(answer.readings) for answer in read),
        annotations=len(marked),
        answers_with=sum(bool(answer.annotations) for answer in read),
        by_severity={label.name: severities[label.name] for label in labels.severities},
        by_category={label.name: categories[label.name] for label in labels.categories},
        omissions=sum(len(answer.omissions) for answer in read),
    )


def _progress(answered: AnsweredStudy, arms: Pair) -> StudyProgress:
    times = Counter(case.readers for case in answered.cases)
    first, second = (sum(arm in case.answers for case in answered.cases) for arm in arms)
    return StudyProgress(
        cases=len(answered.cases),
        answered=(first, second),
        opened=sum(reader.opened for reader in answered.readers),
        committed=sum(reader.committed for reader in answered.readers),
        outside_field=sum(reader.outside_field for reader in answered.readers),
        active_seconds=sum(reader.active_seconds for reader in answered.readers),
        read_by={str(readers): times[readers] for readers in sorted(times)},
        readers=answered.readers,
    )
