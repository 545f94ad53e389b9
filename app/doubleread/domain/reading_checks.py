"""Checks of a reading before it is stored: its judgements must match the texts and criteria that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from doubleread.domain.annotation import (
    ANSWER,
    CASE_SOURCE,
    RATED_FIELDS,
    RELATIONS,
    Annotation,
    Passage,
    Place,
    document_of,
)
from doubleread.domain.answer_scales import AnswerScale
from doubleread.domain.criteria import CRITERION_JUDGEMENTS, JudgedCriterion, LinkedWords
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.sentences import (
    SEGMENTATION,
    SENTENCE_JUDGEMENTS,
    JudgedSentence,
    SentenceMode,
    sentences_to_judge,
)
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError

_SENTENCE_JUDGEMENTS = frozenset(label.name for label in SENTENCE_JUDGEMENTS)
_CRITERION_JUDGEMENTS = frozenset(label.name for label in CRITERION_JUDGEMENTS)


@dataclass(frozen=True, slots=True)
class Texts:
    """What the judgements of a reading may refer to: the texts, and the ids of the criteria of a rubric.

    `beside` returns the text of a passage's source other than the case, None if the case has no such source. It is
    asked only for passages that need it.
    """

    case: str
    answers: Mapping[str, str]
    beside: Callable[[str], str | None]
    criteria: tuple[str, ...] = ()

    def source(self, name: str) -> str | None:
        """Return the text of a passage's source, None if there is no such source."""
        return self.case if name == CASE_SOURCE else self.beside(name)

    def marked(self, place: Place, answer_id: str) -> str | None:
        """Return the text that annotations in a place mark, None if there is no such place."""
        if place == ANSWER:
            return self.answers[answer_id]
        known = isinstance(place, str) and (place == CASE_SOURCE or document_of(place) is not None)
        return self.source(place) if known else None


def check_judgement(before: Judgement, after: Judgement, reading: Reading, texts: Texts, labels: LabelSet) -> None:
    """Check the annotations that an event made or changed, and that none is a duplicate. Raises InputRefusedError."""
    if after.annotations == before.annotations:
        return
    known = {annotation.id: annotation for annotation in before.annotations}
    marks: set[tuple[object, ...]] = set()
    for annotation in after.annotations:
        if known.get(annotation.id) != annotation:
            check_annotation(annotation, tuple(reading.answer_ids.values()), texts, labels)
        if annotation.mark in marks:
            raise InputRefusedError(
                "Duplicate refused",
                f"the same words are already annotated as {annotation.category}",
                "change the existing annotation, or choose another category",
            )
        marks.add(annotation.mark)


def check_annotations(reading: Reading, texts: Texts, labels: LabelSet) -> None:
    """Check every annotation of a reading, retracted ones too. Raises InputRefusedError."""
    for annotation in (*reading.judgement.annotations, *reading.judgement.retracted):
        check_annotation(annotation, tuple(reading.answer_ids.values()), texts, labels)


def check_sentences(before: Judgement, reading: Reading, texts: Texts, mode: SentenceMode) -> None:
    """Check the sentences that were judged since a judgement before. Raises InputRefusedError.

    Under the current segmentation it must be one of its sentences, under another one a span with these words.
    """
    for place, sentence in reading.judgement.sentences.items():
        if before.sentences.get(place) != sentence:
            _check_sentence(sentence, reading, texts, mode)


def _check_sentence(sentence: JudgedSentence, reading: Reading, texts: Texts, mode: SentenceMode) -> None:
    if mode == "off":
        raise sentence_refused("the protocol of this reading has no sentence judgements", "make an annotation instead")
    if sentence.answer_id not in reading.answer_ids.values():
        raise sentence_refused("its answer does not belong to this reading")
    if sentence.judgement not in _SENTENCE_JUDGEMENTS:
        raise sentence_refused(f"{sentence.judgement!r} is not a judgement of a sentence")
    text = texts.answers[sentence.answer_id]
    where = f"[{sentence.start}, {sentence.end})"
    if sentence.end > len(text):
        raise sentence_refused(f"{where} is not a span of a text of {len(text)} characters")
    if text[sentence.start : sentence.end] != sentence.quote:
        raise sentence_refused(f"the words at {where} differ from the quote")
    if sentence.segmentation == SEGMENTATION and sentence.span not in sentences_to_judge(text):
        raise sentence_refused(f"{where} is not a sentence of the answer")


def check_answer_scales(before: Judgement, reading: Reading, scales: Iterable[AnswerScale]) -> None:
    """Check the levels of answers that were given since a judgement before. Raises InputRefusedError.

    `scales` are those of the reading's protocol.
    """
    known = {scale.name: scale for scale in scales}
    for name, levels in reading.judgement.scale_ratings.items():
        if before.scale_ratings.get(name) == levels:
            continue
        if name not in known:
            raise scale_refused(f"{name!r} is not a scale of the protocol")
        for level in levels.values():
            if not known[name].has(level):
                raise scale_refused(f"{level!r} is not a level of {name}")


def check_criteria(before: Judgement, reading: Reading, texts: Texts) -> None:
    """Check the criteria that were judged since a judgement before. Raises InputRefusedError."""
    for place, criterion in reading.judgement.criteria.items():
        if before.criteria.get(place) != criterion:
            _check_criterion(criterion, reading, texts)


def _check_criterion(criterion: JudgedCriterion, reading: Reading, texts: Texts) -> None:
    if criterion.answer_id not in reading.answer_ids.values():
        raise criterion_refused("its answer does not belong to this reading")
    if criterion.criterion_id not in texts.criteria:
        raise criterion_refused(f"the case has no criterion {criterion.criterion_id!r}")
    if criterion.judgement not in _CRITERION_JUDGEMENTS:
        raise criterion_refused(f"{criterion.judgement!r} is not a judgement of a criterion")
    if criterion.evidence is not None and (
        fault := _quote_fault(texts.answers[criterion.answer_id], criterion.evidence, "the evidence")
    ):
        raise criterion_refused(fault)


def check_change(
    before: Reading | None, after: Reading, texts: Callable[[], Texts], protocol: Protocol, *, commits: bool
) -> None:
    """Check what an event changed in a reading against its texts and its protocol; `texts` is asked where needed.

    Raises InputRefusedError.
    """
    said = before.judgement if before else Judgement()
    if after.judgement.annotations != said.annotations:
        check_judgement(said, after.judgement, after, texts(), protocol.labels)
    if after.judgement.sentences != said.sentences:
        check_sentences(said, after, texts(), protocol.sentences)
    if after.judgement.scale_ratings != said.scale_ratings:
        check_answer_scales(said, after, protocol.rated_scales)
    if after.judgement.criteria != said.criteria:
        check_criteria(said, after, texts())
    if commits:
        check_complete(after, texts(), protocol)


def missing_for_commit(reading: Reading, texts: Texts, protocol: Protocol) -> tuple[str, ...]:
    """Return in words what its case and its protocol ask for before the commit and is missing."""
    return (
        *reading.missing_criteria(texts.criteria),
        *reading.missing_for_commit(protocol.scales),
        *reading.missing_answer_scales(protocol.rated_scales),
        *reading.missing_sentences(texts.answers, protocol.sentences),
    )


def check_complete(reading: Reading, texts: Texts, protocol: Protocol) -> None:
    """Check that a reading has all that its protocol asks for before the commit. Raises InputRefusedError."""
    if missing := missing_for_commit(reading, texts, protocol):
        raise InputRefusedError("Commit refused", f"still missing: {', '.join(missing)}", "complete these, then commit")


def check_annotation(annotation: Annotation, answer_ids: Collection[str], texts: Texts, labels: LabelSet) -> None:
    """Check an annotation about one of these answers: labels, note and words. Raises InputRefusedError."""
    if (annotation.category == labels.omission.name) == annotation.in_answer:
        raise annotation_refused("an omission belongs in the case or a document, every other annotation in an answer")
    for rated in RATED_FIELDS:
        value = getattr(annotation, rated)
        if value is None and rated not in ("category", "severity"):
            continue
        if value not in {label.name for label in labels.ratings(rated)}:
            raise annotation_refused(f"{value!r} is not a {rated} of the label set {labels.name}")
    if not isinstance(annotation.note, str):
        raise annotation_refused("its note is not text")
    check_quotes(annotation, answer_ids, texts)


def check_quotes(annotation: Annotation, answer_ids: Collection[str], texts: Texts) -> None:
    """Check that an annotation is about one of these answers and quotes its text. Raises InputRefusedError."""
    if annotation.answer_id not in answer_ids:
        raise annotation_refused("its answer does not belong to this reading")
    text = texts.marked(annotation.place, annotation.answer_id)
    if text is None:
        raise annotation_refused(f"{annotation.place!r} is not a place for an annotation")
    _check_quote(text, annotation, "the annotated text")
    if annotation.passage is not None:
        _check_passage(annotation.passage, texts)


def _check_passage(passage: Passage, texts: Texts) -> None:
    if passage.relation not in RELATIONS:
        raise annotation_refused(f"{passage.relation!r} is not a relation to a passage")
    source = texts.source(passage.source) if isinstance(passage.source, str) else None
    if source is None:
        raise annotation_refused(f"the case has no passages in {passage.source!r}")
    _check_quote(source, passage, "the linked passage")


def _check_quote(text: str, span: Annotation | Passage, what: str) -> None:
    if fault := _quote_fault(text, span, what):
        raise annotation_refused(fault)


def _quote_fault(text: str, span: Annotation | Passage | LinkedWords, what: str) -> str:
    offsets = (span.start, span.end)
    if any(type(offset) is not int for offset in offsets) or not 0 <= span.start < span.end <= len(text):
        return f"{what}: [{span.start}, {span.end}) is not a span of a text of {len(text)} characters"
    if text[span.start : span.end] != span.quote:
        return f"{what} at [{span.start}, {span.end}) does not match the quote"
    return ""


def annotation_refused(happened: str) -> InputRefusedError:
    """Return the error for an annotation that cannot be stored."""
    return InputRefusedError("Annotation refused", happened, "make the annotation again")


def scale_refused(happened: str) -> InputRefusedError:
    """Return the error for a level of an answer that cannot be stored."""
    return InputRefusedError("Answer not rated", happened, "rate the answer again")


def sentence_refused(happened: str, remedy: str = "judge the sentence again") -> InputRefusedError:
    """Return the error for a judgement of a sentence that cannot be stored."""
    return InputRefusedError("Sentence not judged", happened, remedy)


def criterion_refused(happened: str) -> InputRefusedError:
    """Return the error for a judgement of a criterion that cannot be stored."""
    return InputRefusedError("Criterion not judged", happened, "judge the criterion again")
