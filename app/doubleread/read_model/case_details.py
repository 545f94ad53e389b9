"""One case with both answers and everything that committed readings say of them: for the results screen and the report.

While models must not be named, words by which answers name them are redacted and reasoning is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doubleread.domain.annotation import Annotation
from doubleread.domain.case import Case
from doubleread.domain.documents import in_order
from doubleread.domain.redaction import redacted, redacted_quote
from doubleread.read_model.answers import Marked, ScoredAnswer, with_words
from doubleread.read_model.blinding import Blinding
from doubleread.read_model.cases import AnsweredCase, answered_cases
from doubleread.read_model.redactions import Redactions, Spans, without_retrieved
from doubleread.store import StudyFile
from doubleread.store.records import case_from_row, marks
from doubleread.store.sqlite.faults import intact

_PAGE = 100


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its key, and both answers, None if one is missing.

    `names` are the headings of the answers. They name the models in the order of the results, or where `labelled` a
    label of each answer's own, in an order that is randomised for each case. `preferred` holds reader and "first",
    "second", "tie" or "both bad".
    """

    number: int
    case: Case
    names: tuple[str, str]
    answers: tuple[ScoredAnswer | None, ScoredAnswer | None]
    preferred: tuple[tuple[str, str], ...]
    declined: tuple[str, ...]
    labelled: bool = False


def case_detail(study: StudyFile, case_id: str, blinding: Blinding) -> CaseDetail:
    """Return one case with the answers in the order of the results. Raises KeyError for an unknown case,
    StudyFileError.
    """
    case_ids = study.case_ids()
    if case_id not in case_ids:
        raise KeyError(case_id)
    redactions = None if blinding.named else Redactions(study)
    (detail,) = _details(study, [case_id], case_ids.index(case_id) + 1, blinding, redactions)
    return detail


def case_details(study: StudyFile, blinding: Blinding) -> Iterator[CaseDetail]:
    """Yield all cases in the study's order, a page at a time, so that a large study needs little memory.

    While models must not be named, no two answers can be traced to the same model. Raises StudyFileError.
    """
    redactions = None if blinding.named else Redactions(study)
    case_ids = study.case_ids()
    for start in range(0, len(case_ids), _PAGE):
        details = list(_details(study, case_ids[start : start + _PAGE], start + 1, blinding, redactions))
        yield from details if blinding.named else (_labelled(detail, blinding) for detail in details)


def _details(
    study: StudyFile, case_ids: Sequence[str], first: int, blinding: Blinding, redactions: Redactions | None
) -> Iterator[CaseDetail]:
    one, other = blinding.arms
    ids = (one.id, other.id)
    with study.connection.snapshot() as db, intact(study.path, "its cases, answers or annotations"):
        listed = list(answered_cases(db, study.protocol.labels, case_ids, first=first))
        rows = db.execute(f"SELECT * FROM cases WHERE id IN {marks(case_ids)}", case_ids)
        cases = {row["id"]: case_from_row(row) for row in rows}
    for answered in listed:
        case = cases[answered.id]
        one_answer, other_answer = (
            _redacted(study, redactions, case, answer) if redactions is not None and answer is not None else answer
            for answer in answered.in_order(ids)
        )
        yield CaseDetail(
            number=answered.number,
            # In the order of the first answers, which readers saw: its numbers are those that answers refer to.
            case=in_order(case, study.protocol.document_order, study.protocol.decoding.seed),
            names=(one.name, other.name),
            answers=(one_answer, other_answer),
            preferred=_preferred(answered, ids),
            declined=answered.declined,
        )


def _preferred(case: AnsweredCase, ids: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    pairs = zip(case.in_order(ids), ("first", "second"), strict=True)
    names = {answer.id: name for answer, name in pairs if answer is not None}
    return tuple((reader_id, names.get(choice, choice)) for reader_id, choice in case.preferences.items())


def _labelled(detail: CaseDetail, blinding: Blinding) -> CaseDetail:
    """Return a case with its answers in the randomised order, each under a label of its own."""
    swapped = blinding.swapped(detail.case.id)
    other = {"first": "second", "second": "first"} if swapped else {}
    answers = blinding.in_shown_order(detail.case.id, detail.answers)
    first, second = ("no answer" if answer is None else blinding.label(answer.id) for answer in answers)
    return replace(
        detail,
        names=(first, second),
        answers=answers,
        preferred=tuple((reader_id, other.get(choice, choice)) for reader_id, choice in detail.preferred),
        labelled=True,
    )


def _redacted(study: StudyFile, redactions: Redactions, case: Case, scored: ScoredAnswer) -> ScoredAnswer:
    """Return an answer in which no word names its model."""
    answer = study.answers.by_id(scored.id)
    spans = redactions.spans(answer, case)

    def about(words: str) -> str:
        return redactions.about(words, case, answer, spans)

    def shown(annotations: tuple[Marked, ...]) -> tuple[Annotation, ...]:
        return tuple(
            replace(without_retrieved(item), quote=_quote(item, spans), note=about(item.note))
            for item in with_words(annotations)
        )

    return replace(
        scored,
        text=redacted(scored.text, spans),
        reasoning="",
        score=redactions.score(scored.score, case, answer, spans) if scored.score else None,
        override=scored.override and replace(scored.override, reason=about(scored.override.reason)),
        readings=tuple(
            replace(one, annotations=shown(one.annotations), omissions=shown(one.omissions)) for one in scored.readings
        ),
        repeats=(),
    )


def _quote(annotation: Annotation, spans: Spans) -> str:
    if not annotation.in_answer:
        return annotation.quote
    return redacted_quote(annotation.quote, annotation.start, spans)
