"""Annotations: made, listed, changed, moved, linked to the case, and retracted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from doubleread.domain.annotation import RATED_FIELDS, Annotation, Relation
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.judgement_changes import described
from doubleread.domain.spans import Span, trimmed, whole_graphemes
from doubleread.domain.wording import plural
from doubleread.plain.arguments import Arguments, NotUnderstoodError, Option, SentenceRef
from doubleread.plain.looking import Looking, hit_line
from doubleread.plain.talk import Talk
from doubleread.plain.texts import Edge, Hit, ReadText, hits, moved_edge, text_of, text_of_annotation
from doubleread.sessions.reading_words import OMITTING, OMITTING_KEYS

_OMITTING = tuple(Option(*choice, key) for choice, key in zip(OMITTING.items(), OMITTING_KEYS, strict=True))
_RELATIONS = (
    Option("contradicts", "these words contradict the annotation", "l"),
    Option("supports", "these words support it", "e"),
)
_NOTHING = ("none", "nothing")
MOST_PLACES = 20
"""Places among which a person chooses. More need more words."""


class Marking:
    """The annotations of the case. Numbers of annotations stay the same as long as the case is open."""

    def __init__(self, talk: Talk, looking: Looking) -> None:
        self._talk = talk
        self._session = talk.session
        self._looking = looking
        self._numbers: dict[str, int] = {}

    def begin_case(self) -> None:
        """Number from 1 in another case."""
        self._numbers = {}

    def number_of(self, annotation: Annotation) -> int:
        """Return the number of an annotation."""
        return self._numbers.setdefault(annotation.id, len(self._numbers) + 1)

    def marks(self, arguments: Arguments) -> None:
        """List the annotations."""
        arguments.expect_none()
        annotations = self._talk.judgement.annotations
        if not annotations:
            self._talk.say("There are no annotations yet.")
        for annotation in annotations:
            self._talk.say_lines([self._line(annotation)])

    def _line(self, annotation: Annotation) -> str:
        side = self._talk.reading.side_of(annotation.answer_id)
        text = text_of_annotation(self._looking.texts(), annotation, side)
        where = f" in {text.name_at(annotation.start)}" if text is not None and not annotation.in_answer else ""
        ratings = [f"{name} {value}" for name in RATED_FIELDS[2:] if (value := getattr(annotation, name))]
        if annotation.passage is not None:
            ratings.append(annotation.passage.words)
        if annotation.note:
            ratings.append(f"note: {annotation.note}")
        words = described(annotation, self._talk.names)
        number = self.number_of(annotation)
        return "; ".join([f"{number}. Annotation {annotation.label}{where}: {words}", *ratings])

    def mark(self, arguments: Arguments) -> None:
        """Annotate a sentence of an answer, or words of it."""
        labels = self._session.labels
        ref, wanted = arguments.take_sentences(), arguments.take_quoted()
        side = arguments.take_side() if ref is None else None
        categories, severities = list(map(Option.of, labels.categories)), list(map(Option.of, labels.severities))
        category = arguments.take_option(categories)
        severity = arguments.take_option(severities)
        arguments.expect_none()
        _ = self._talk.reading
        answers = self._looking.answers()
        if ref is not None and ref.text not in SIDES:
            raise NotUnderstoodError(
                "Only words of answers can be marked. For words that an answer leaves out, type omit."
            )
        if ref is None and wanted is None:
            ref = self._asked_sentence(side)
        hit = self._place(answers if side is None else [text for text in answers if text.side == side], ref, wanted)
        assert hit.text.side is not None
        marked: Side = hit.text.side
        quote = hit.text.words_of(hit.span)
        if category is None:
            category = self._talk.choose(f"What is wrong with “{quote}”?", categories)
        if severity is None:
            severity = self._talk.choose("How serious is it?", severities)
        names = categories[category].name, severities[severity].name
        self._talk.act(lambda reason: self._session.mark(marked, "answer", hit.span, *names, reason=reason))

    def _asked_sentence(self, side: Side | None) -> SentenceRef:
        asked = Arguments(self._talk.text("Which sentence? Type its number, such as A2."))
        ref = asked.take_sentences()
        if ref is None and side is not None and (wanted := asked.take_range()) is not None:
            return SentenceRef(side, 0, *wanted)
        if ref is None or ref.text not in SIDES:
            raise NotUnderstoodError("Sentences of answers have numbers such as A2 or B10.")
        return ref

    def _place(self, texts: Sequence[ReadText], ref: SentenceRef | None, wanted: str | None) -> Hit:
        """Return the words that are meant: some sentences, or words in them or in any of the texts."""
        if ref is not None:
            text = text_of(texts, ref)
            span = text.span_of(ref.first, ref.last)
            if wanted is None:
                return Hit(text, span)
            found = [hit for hit in hits([text], wanted) if span.start <= hit.span.start and hit.span.end <= span.end]
            where = f"sentence {text.sentence_name(ref.first)}"
        else:
            found = hits(texts, wanted or "")
            where = " or ".join(dict.fromkeys(text.words for text in texts)) if len(texts) < 3 else "these texts"
        if not found:
            raise NotUnderstoodError(f"“{wanted}” is not in {where}.")
        if len(found) > MOST_PLACES:
            raise NotUnderstoodError(f"“{wanted}” is in {where} {len(found)} times. Type more of the words.")
        place = 0
        if len(found) > 1:
            question = f"“{wanted}” is in {plural(len(found), 'place')}. Which one?"
            place = self._talk.choose(question, [Option(hit_line(hit)) for hit in found])
        hit = found[place]
        return Hit(hit.text, trimmed(hit.text.text, whole_graphemes(hit.text.text, hit.span.start, hit.span.end)))

    def omit(self, arguments: Arguments) -> None:
        """Annotate words of the case that an answer, or both, leave out."""
        severities = list(map(Option.of, self._session.labels.severities))
        ref, wanted = arguments.take_sentences(), arguments.take_quoted()
        where: str | None = arguments.take_side() or arguments.take_word("both")
        severity = arguments.take_option(severities)
        arguments.expect_none()
        _ = self._talk.reading
        if ref is not None and ref.text in SIDES:
            raise NotUnderstoodError("Only words of the case can be omitted. Its sentences are C1, C2 and so on.")
        if ref is None and wanted is None:
            asked = Arguments(self._talk.text("Which words of the case? Type them, or a number such as C2."))
            ref = asked.take_sentences()
            wanted = asked.take_quoted() or asked.take_rest() if ref is None else None
        hit = self._place(self._looking.case_texts(), ref, wanted)
        quote = hit.text.words_of(hit.span)
        if where is None:
            where = _OMITTING[self._talk.choose(f"“{quote}” in {hit.text.words} …", _OMITTING)].name
        if severity is None:
            severity = self._talk.choose("How serious is it?", severities)
        serious, name = severities[severity].name, self._session.labels.omission.name
        sides = [side for side in SIDES if where.casefold() in (side.casefold(), "both")]
        burst = f"omission {uuid.uuid4()}"
        for side in sides:
            self._omit(side, hit, name, serious, burst)

    def _omit(self, side: Side, hit: Hit, name: str, serious: str, burst: str) -> None:
        source, span = hit.text.source, hit.span
        mark = self._session.mark
        self._talk.act(lambda reason: mark(side, source, span, name, serious, burst=burst, reason=reason))

    def _annotation(self, arguments: Arguments, what: str) -> Annotation:
        """Take an annotation by its number or label, or ask for one."""
        annotations = self._talk.judgement.annotations
        numbers = {self.number_of(annotation): annotation for annotation in annotations}
        label, number = arguments.take_label(), None
        if label is None:
            number = arguments.take_number()
        found = numbers.get(number or 0) or next(
            (a for a in annotations if a.label.casefold() == str(label).casefold()), None
        )
        if found is not None:
            return found
        if not annotations:
            raise NotUnderstoodError("There are no annotations yet.")
        if label is not None or number is not None:
            raise NotUnderstoodError(f"There is no annotation {label or number}. Type marks for the list.")
        options = [
            Option(f"{annotation.label}", described(annotation, self._talk.names), number=str(number))
            for number, annotation in numbers.items()
        ]
        return annotations[self._talk.choose(f"Which annotation {what}?", options)]

    def change(self, arguments: Arguments) -> None:
        """Change the category, severity or another rating of an annotation."""
        annotation = self._annotation(arguments, "do you want to change")
        fields = self._rated(annotation)
        field = arguments.take_word(*fields)
        value: str | None = None
        if field is None:
            for name in fields:
                if (place := arguments.take_option(fields[name])) is not None:
                    field, value = name, fields[name][place].name
                    break
        elif (place := arguments.take_option(fields[field])) is not None:
            value = fields[field][place].name
        removed = arguments.take_word(*_NOTHING) is not None and field not in ("category", "severity")
        arguments.expect_none()
        if field is None:
            field = list(fields)[self._talk.choose("What do you want to change?", [Option(name) for name in fields])]
        if value is None and not removed:
            options = fields[field]
            if field not in ("category", "severity"):
                options = [*options, Option("none", "remove the rating")]
            place = self._talk.choose(f"Which {field}?", options)
            value = options[place].name if place < len(fields[field]) else None
        if getattr(annotation, field) == value:
            self._talk.say(f"Annotation {annotation.label}: {field} is already {value or 'not stated'}.")
            return
        self._change(annotation, {field: value})

    def _rated(self, annotation: Annotation) -> dict[str, list[Option]]:
        """Return the ratings of an annotation, each with its labels. An omission stays one, and nothing becomes one."""
        labels = self._session.labels
        omission = annotation.category == labels.omission.name
        return {
            name: [
                Option.of(label)
                for label in labels.ratings(name)
                if name != "category" or (label == labels.omission) == omission
            ]
            for name in RATED_FIELDS
            if labels.ratings(name)
        }

    def _change(self, annotation: Annotation, fields: Mapping[str, Any]) -> None:
        self._talk.act(lambda reason: self._session.change(annotation.id, fields, reason=reason))

    def note(self, arguments: Arguments) -> None:
        """Write a note on an annotation, or remove it."""
        annotation = self._annotation(arguments, "is the note about")
        text = arguments.take_as_typed()
        if not text:
            now = f" It is now “{annotation.note}”." if annotation.note else ""
            text = self._talk.text(f"Which note? none removes it.{now}")
        note = "" if text.casefold() in _NOTHING else text
        if note == annotation.note:
            self._talk.say(f"Annotation {annotation.label} already has this note.")
            return
        self._talk.act(
            lambda reason: self._session.change(
                annotation.id, {"note": note}, burst=f"note {uuid.uuid4()}", reason=reason
            )
        )

    def move(self, arguments: Arguments) -> None:
        """Move the boundaries of an annotation: to other words of the same text, or one end by some words."""
        annotation = self._annotation(arguments, "do you want to move")
        edge, direction = arguments.take_word("start", "end"), arguments.take_word("earlier", "later")
        ref, wanted = arguments.take_sentences(), arguments.take_quoted()
        count = arguments.take_number()
        arguments.expect_none()
        text = text_of_annotation(self._looking.texts(), annotation, self._talk.reading.side_of(annotation.answer_id))
        if text is None:
            raise NotUnderstoodError("The text of this annotation is not available.")
        if edge is None and direction is None and ref is None and wanted is None:
            asked = Arguments(self._talk.text("To which words? Type them, or “start earlier”, “end later” and so on."))
            edge, direction = asked.take_word("start", "end"), asked.take_word("earlier", "later")
            ref, wanted = asked.take_sentences(), asked.take_quoted()
            if edge is None and ref is None:
                wanted = wanted or asked.take_rest()
        if ref is not None or wanted is not None:
            span = self._place([text], ref, wanted).span
        else:
            span = self._moved(text, annotation.span, edge, direction, count or 1)
        if span == annotation.span:
            self._talk.say(f"Annotation {annotation.label} is already there.")
            return
        self._talk.act(lambda reason: self._session.move(annotation.id, span, reason=reason))

    def _moved(self, text: ReadText, span: Span, edge: str | None, direction: str | None, count: int) -> Span:
        if edge is None:
            edge = ("start", "end")[self._talk.choose("Which end?", [Option("start"), Option("end")])]
        if direction is None:
            direction = ("earlier", "later")[self._talk.choose("Which way?", [Option("earlier"), Option("later")])]
        return moved_edge(text.text, span, cast(Edge, edge), -count if direction == "earlier" else count)

    def link(self, arguments: Arguments) -> None:
        """Link an annotation in an answer to words of the case, a document or a passage, or remove the link."""
        relation = arguments.take_option(_RELATIONS)
        removed = arguments.take_word(*_NOTHING) is not None
        wanted = arguments.take_quoted()
        annotation = self._annotation(arguments, "do you want to link")
        ref = arguments.take_sentences()
        arguments.expect_none()
        if not annotation.in_answer:
            raise NotUnderstoodError("Only an annotation in an answer can be linked.")
        if removed:
            if annotation.passage is None:
                raise NotUnderstoodError(f"Annotation {annotation.label} has no link.")
            self._talk.act(lambda reason: self._session.unlink(annotation.id, reason=reason))
            return
        if ref is None and wanted is None:
            asked = Arguments(self._talk.text("Which words of the case? Type them, or a number such as C2."))
            ref = asked.take_sentences()
            wanted = asked.take_quoted() or asked.take_rest() if ref is None else None
        hit = self._place(self._looking.sources(), ref, wanted)
        if relation is None:
            relation = self._talk.choose("What do these words do?", _RELATIONS)
        self._link(annotation, hit, cast(Relation, _RELATIONS[relation].name))

    def _link(self, annotation: Annotation, hit: Hit, relation: Relation) -> None:
        in_case = hit.text in self._looking.case_texts()
        self._talk.act(
            lambda reason: self._session.link(
                annotation.id,
                hit.span,
                relation,
                source=hit.text.source,
                text=None if in_case else hit.text.text,
                reason=reason,
            )
        )

    def retract(self, arguments: Arguments) -> None:
        """Retract an annotation."""
        annotation = self._annotation(arguments, "do you want to retract")
        arguments.expect_none()
        self._talk.act(lambda reason: self._session.retract(annotation.id, reason=reason))
