"""Make training cases of adjudicated cases of a study: what the adjudicator decided is the reference."""

from __future__ import annotations

from collections.abc import Sequence

from doubleread.domain.adjudication import Adjudication
from doubleread.domain.annotation import Annotation
from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.domain.redaction import redacted, redacted_quote
from doubleread.domain.training import ANSWERS, ReferenceAnnotation, TrainingCase
from doubleread.errors import InputRefusedError
from doubleread.read_model.redactions import Redactions
from doubleread.store import StudyFile
from doubleread.store.branches.current_adjudications import CurrentAdjudications

TITLE = "No training cases written"


def training_from_study(study: StudyFile, case_ids: Sequence[str]) -> tuple[TrainingCase, ...]:
    """Return training cases made of these adjudicated cases, or of all of them if none is named.

    Words by which an answer names its model are redacted, and which arm wrote which answer does not show in their
    order. Raises InputRefusedError for a case that is not in the study or not adjudicated, StudyFileError in a
    reader's own file.
    """
    study.expect_models(TITLE)
    with study.connection.snapshot() as db:
        resolved = {one.case_id: one for one in CurrentAdjudications(db).resolving()}
    known = study.case_ids()
    if unknown := [case_id for case_id in case_ids if case_id not in known]:
        raise InputRefusedError(TITLE, f"the study has no case {unknown[0]}", "check the ids: doubleread cases list")
    if left := [case_id for case_id in case_ids if case_id not in resolved]:
        raise InputRefusedError(TITLE, f"{left[0]} is not adjudicated", "adjudicate it first, or leave it out")
    wanted = [case_id for case_id in known if case_id in resolved and (not case_ids or case_id in case_ids)]
    if not wanted:
        raise InputRefusedError(TITLE, "no case of the study is adjudicated", "adjudicate cases first")
    redactions = Redactions(study)
    return tuple(_training_case(study, study.case(case_id), resolved[case_id], redactions) for case_id in wanted)


def _training_case(study: StudyFile, case: Case, adjudication: Adjudication, redactions: Redactions) -> TrainingCase:
    assert adjudication.resolution is not None
    judgement = adjudication.resolution.judgement(adjudication.answer_ids)
    sides = {answer_id: side for side, answer_id in adjudication.answer_ids.items()}
    answers = [study.answers.by_id(answer_id) for answer_id in sides]
    answers.sort(key=lambda answer: text_sha256(f"{case.id} {answer.text}"))
    spans = {answer.id: redactions.spans(answer, case) for answer in answers}
    place = {answer.id: number for number, answer in zip(ANSWERS, answers, strict=True)}

    def reference(one: Annotation) -> ReferenceAnnotation:
        quote = redacted_quote(one.quote, one.start, spans[one.answer_id]) if one.in_answer else one.quote
        where = (place[one.answer_id], one.start, one.end, quote)
        return ReferenceAnnotation(*where, one.category, one.severity, one.place)

    first, second = ((judgement.verdicts.get(sides[answer.id], "unsure"),) for answer in answers)
    preferred: dict[str, str] = {sides[answer_id]: str(number + 1) for answer_id, number in place.items()}
    said = judgement.preference or ""
    texts = [redacted(answer.text, spans[answer.id]) for answer in answers]
    return TrainingCase(
        case=case,
        answers=(texts[0], texts[1]),
        verdicts=(first, second),
        annotations=tuple(reference(one) for one in judgement.annotations),
        preference=preferred.get(said, said),
        feedback="",
    )
