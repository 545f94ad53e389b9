"""What a reader sees of answers that name their models: the words redacted, the offsets kept."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from doubleread.domain.annotation import Annotation
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.criteria import LinkedWords
from doubleread.domain.reading import Reading
from doubleread.domain.redaction import CaseWords, redacted, redacted_quote, redaction, redaction_of, sentence_start
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.readable_study import ReadableStudy

Spans = tuple[Span, ...]


class Redactions:
    """The redactions of one study. A reader's own file, which names no model, was created with them."""

    def __init__(self, study: ReadableStudy) -> None:
        self._carried = study.answers.carried_redactions()
        self._redaction = redaction() if study.split_reader is not None else redaction_of(study.arms())
        self._words: tuple[str, CaseWords] | None = None

    def spans(self, answer: Answer, case: Case) -> Spans:
        """Return what is to be redacted in a finished answer."""
        return self.spans_of(answer.id, answer.text, self._ordinary(case))

    def spans_of(self, answer_id: str, text: str, ordinary: Container[str]) -> Spans:
        """Return what is to be redacted in the text of an answer. `ordinary` are words of its case."""
        if self._carried is None:
            return self._redaction.spans(text, ordinary)
        length = len(text)
        found = (Span(min(span.start, length), min(span.end, length)) for span in self._carried.get(answer_id, ()))
        return tuple(span for span in found if len(span))

    def growing(self, text: str, case: Case, shown: str) -> str:
        """Return what can be shown of an answer that is being written. `shown` is what this returned before it grew."""
        ordinary = self._ordinary(case)
        start = sentence_start(text, len(shown))
        end = self._redaction.resolved(text, ordinary, len(shown))
        return shown[:start] + redacted(text[:end], self._redaction.spans(text[:end], ordinary, start))[start:]

    def about(self, text: str, case: Case, answer: Answer, spans: Spans) -> str:
        """Return a text that belongs to an answer, such as its reasoning, with all known names redacted."""
        for words in {span.of(answer.text) for span in spans}:
            text = text.replace(words, redacted(words, [Span(0, len(words))]))
        return self._redaction.redacted(text, self._ordinary(case))

    def score(self, score: Score, case: Case, answer: Answer, spans: Spans) -> Score:
        """Return a score whose words name no model."""
        chosen = None if score.chosen is None else self.about(score.chosen, case, answer, spans)
        evidence = tuple(replace(item, value=self.about(item.value, case, answer, spans)) for item in score.evidence)
        return replace(score, chosen=chosen, reason=self.about(score.reason, case, answer, spans), evidence=evidence)

    def _ordinary(self, case: Case) -> CaseWords:
        if self._words is None or self._words[0] != case.id:
            self._words = (case.id, CaseWords(lambda: case))
        return self._words[1]


def with_redacted_quotes(reading: Reading, spans: Mapping[str, Spans]) -> Reading:
    """Return a reading as its reader sees it. `spans` are what is redacted, by answer id."""
    held = reading.judgement

    def shown(annotations: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
        return tuple(
            replace(item, quote=redacted_quote(item.quote, item.start, spans.get(item.answer_id, ())))
            if item.in_answer
            else item
            for item in annotations
        )

    sentences = {
        place: replace(item, quote=redacted_quote(item.quote, item.start, spans.get(item.answer_id, ())))
        for place, item in held.sentences.items()
    }
    criteria = {
        place: replace(item, evidence=redacted_words(item.evidence, spans.get(item.answer_id, ())))
        for place, item in held.criteria.items()
    }
    judgement = replace(
        held,
        annotations=shown(held.annotations),
        retracted=shown(held.retracted),
        sentences=sentences,
        criteria=criteria,
    )
    return replace(reading, judgement=judgement)


def without_retrieved(annotation: Annotation) -> Annotation:
    """Return an annotation without a link to a passage of a corpus: only answers of an arm with retrieval have some."""
    linked = annotation.passage
    return replace(annotation, passage=None) if linked is not None and linked.retrieved else annotation


def redacted_words(words: LinkedWords | None, spans: Spans) -> LinkedWords | None:
    """Return words of an answer as shown with its spans redacted."""
    if words is None:
        return None
    return replace(words, quote=redacted_quote(words.quote, words.start, spans))
