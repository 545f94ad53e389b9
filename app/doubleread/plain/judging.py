"""Judgements of answers, of their sentences and criteria, and ratings on axes and scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from doubleread.domain.answer_scales import NOT_APPLICABLE, AnswerScale, Level
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.bond import BondGrade
from doubleread.domain.criteria import CRITERION_JUDGEMENTS, JudgedCriterion
from doubleread.domain.formatting import points
from doubleread.domain.labels import VERDICTS
from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.domain.reading import Preference
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.spans import Span
from doubleread.plain.arguments import Arguments, NotUnderstoodError, Option
from doubleread.plain.looking import Looking
from doubleread.plain.talk import Talk
from doubleread.plain.texts import ReadText, hits
from doubleread.sessions.reading_words import WHICH_PREFERRED, which_grade

_VERDICTS = tuple(map(Option.of, VERDICTS))
_PREFERENCES = (
    Option("A", "answer A is better", "a"),
    Option("B", "answer B is better", "b"),
    Option("tie", "both answers are equally good", "t"),
    Option("both bad", "I would use neither answer", "none"),
)
_RATINGS = (Option("A", "answer A", "a"), Option("tie", "neither: a tie", "t"), Option("B", "answer B", "b"))
_ANSWERS = (Option("A", key="a"), Option("B", key="b"))
_SENTENCES = tuple(map(Option.of, SENTENCE_JUDGEMENTS))
_CRITERIA = tuple(map(Option.of, CRITERION_JUDGEMENTS))
_CLEAR = Option("clear", "clear the judgement")


@dataclass(frozen=True, slots=True)
class Rated:
    """Something to rate: its name, its question and levels, the place of the level that was given, and how one is
    stored. `side` is that of the answer that is rated.
    """

    name: str
    question: str
    levels: tuple[Option, ...]
    given: int | None
    store: Callable[[int, str | None], None]
    side: Side | None = None

    @property
    def heading(self) -> str:
        """What is rated."""
        return f"Answer {self.side}, {self.name}" if self.side is not None else self.name.capitalize()

    @property
    def words(self) -> str:
        """What is rated, and the level that was given."""
        return f"{self.heading}: {'not rated' if self.given is None else self.levels[self.given].name}"


class Judging:
    """The reader's judgement of the case. Repeating a judgement stores nothing."""

    def __init__(self, talk: Talk, looking: Looking) -> None:
        self._talk = talk
        self._session = talk.session
        self._looking = looking

    def _side(self, arguments: Arguments) -> Side:
        """Take an answer, or ask for it."""
        side = arguments.take_side()
        return side if side is not None else SIDES[self._talk.choose("Which answer?", _ANSWERS)]

    def verdict(self, arguments: Arguments) -> None:
        """Give a verdict on an answer."""
        _ = self._talk.reading
        wanted = arguments.take_side()
        verdict = arguments.take_option(_VERDICTS)
        arguments.expect_none()
        side = wanted or SIDES[self._talk.choose("Which answer?", _ANSWERS)]
        if verdict is None:
            verdict = self._talk.choose(f"Answer {side} is …", _VERDICTS)
        name = _VERDICTS[verdict].name
        if self._talk.judgement.verdicts.get(side) == name:
            self._talk.say(f"Answer {side} is already judged {name}.")
        else:
            self._talk.act(lambda reason: self._session.judge(verdicts={side: name}, reason=reason))

    def prefer(self, arguments: Arguments) -> None:
        """Say which answer is better."""
        _ = self._talk.reading
        place = arguments.take_option(_PREFERENCES)
        arguments.expect_none()
        if place is None:
            place = self._talk.choose(WHICH_PREFERRED, _PREFERENCES)
        preferred = cast(Preference, _PREFERENCES[place].name)
        if self._talk.judgement.preference == preferred:
            self._talk.say(f"Already preferred: {preferred}.")
        else:
            self._talk.act(lambda reason: self._session.judge(preference=preferred, reason=reason))

    def outside(self, arguments: Arguments) -> None:
        """Decline the case as outside the reader's field, or undo that."""
        word = arguments.take_word("yes", "no")
        arguments.expect_none()
        now = self._talk.judgement.outside_field
        outside = not now if word is None else word == "yes"
        if outside == now:
            self._talk.say("The case is already declined." if now else "The case is not declined.")
        else:
            self._talk.act(lambda reason: self._session.judge(outside_field=outside, reason=reason))

    def judge(self, arguments: Arguments) -> None:
        """Judge sentences: one or some by their numbers, or all that are left of an answer, one after the other."""
        reading = self._talk.reading
        ref = arguments.take_sentences()
        side = arguments.take_side() if ref is None else None
        judgement = arguments.take_option(_SENTENCES)
        arguments.expect_none()
        if self._session.sentence_mode == "off":
            raise NotUnderstoodError("This study does not ask for judgements of sentences.")
        if ref is not None:
            if ref.text not in SIDES:
                raise NotUnderstoodError("Only sentences of answers are judged, such as A2.")
            text = self._answer(ref.text)
            text.span_of(ref.first, ref.last)
            numbers: Sequence[int] = range(ref.first, ref.last + 1)
        else:
            side = side or SIDES[self._talk.choose("Which answer?", _ANSWERS)]
            text = self._answer(side)
            left = self._session.sentences_left(side)
            numbers = [number for number, span in enumerate(text.sentences, start=1) if span in left]
            if not numbers:
                self._talk.say(
                    f"All sentences of answer {side} are judged. To change one, type its number: judge {side}1"
                )
            if reading.committed:
                # Each correction needs a reason of its own.
                numbers = numbers[:1]
        for number in numbers:
            self._judge_sentence(text, number, judgement)

    def _judge_sentence(self, text: ReadText, number: int, judgement: int | None) -> None:
        assert text.side is not None
        side, span = text.side, text.sentences[number - 1]
        if judgement is None:
            question = f"{text.sentence_name(number)} {text.words_of(span)}"
            judgement = self._talk.choose(question, _SENTENCES)
        name, reading = _SENTENCES[judgement].name, self._talk.reading
        held = reading.judgement.sentences.get((reading.answer_ids[side], span.start, span.end))
        if held is not None and held.judgement == name:
            self._talk.say(f"Sentence {text.sentence_name(number)} is already judged {name}.")
        else:
            self._talk.act(lambda reason: self._session.judge_sentence(side, span, name, reason=reason))

    def _answer(self, side: Side) -> ReadText:
        return next(text for text in self._looking.answers() if text.side == side)

    def criteria(self, arguments: Arguments) -> None:
        """List the criteria of the case with their judgements."""
        arguments.expect_none()
        listed, reveal = self._session.case.criteria, self._session.reveal()
        if not listed:
            self._talk.say("This case has no criteria.")
        shown = reveal.criteria if reveal is not None else ()
        for number, criterion in enumerate(listed, start=1):
            judged = [
                f"{side} {held.judgement}" for side in SIDES if (held := self._held(side, criterion.id)) is not None
            ]
            worth = [points(shown[number - 1].points)] if shown else []
            said = f" ({', '.join([*judged, *worth])})" if judged or worth else ""
            self._talk.say_lines([f"{number}. {criterion.text}{said}"])

    def _held(self, side: Side, criterion_id: str) -> JudgedCriterion | None:
        reading = self._session.reading
        return None if reading is None else reading.judgement.criteria.get((reading.answer_ids[side], criterion_id))

    def criterion(self, arguments: Arguments) -> None:
        """Judge a criterion of an answer, or all that are left, one after the other."""
        reading = self._talk.reading
        listed = self._session.case.criteria
        if not listed:
            raise NotUnderstoodError("This case has no criteria.")
        quoted = arguments.take_quoted()
        number = arguments.take_number()
        judgement = arguments.take_option((*_CRITERIA, _CLEAR))
        side = self._side(arguments)
        arguments.expect_none()
        if number is not None and not 1 <= number <= len(listed):
            raise NotUnderstoodError(f"The criteria are numbered 1 to {len(listed)}.")
        if number is not None:
            self._judge_criterion(side, number, judgement, quoted)
            return
        left = self._session.criteria_left(side)
        numbers = [place for place, criterion in enumerate(listed, start=1) if criterion.id in left]
        if not numbers:
            self._talk.say(
                f"All criteria of answer {side} are judged. To change one, type its number: criterion {side} 1"
            )
        for place in numbers[:1] if reading.committed else numbers:
            self._judge_criterion(side, place, judgement, quoted)

    def _judge_criterion(self, side: Side, number: int, judgement: int | None, quoted: str | None) -> None:
        criterion = self._session.case.criteria[number - 1]
        held = self._held(side, criterion.id)
        if judgement is None and (quoted is None or held is None):
            question = f"Answer {side}, criterion {number}: {criterion.text}"
            judgement = self._talk.choose(question, (*_CRITERIA, _CLEAR) if held is not None else _CRITERIA)
        evidence = held.evidence.span if held is not None and held.evidence is not None else None
        if quoted is not None:
            evidence = self._evidence(side, quoted)
        if judgement is None:
            assert held is not None
            name = held.judgement
        else:
            name = _CRITERIA[judgement].name if judgement < len(_CRITERIA) else ""
        if not name:
            if held is None:
                self._talk.say("This criterion is not judged yet.")
                return
            evidence = None
        elif held is not None and held.judgement == name and evidence == (held.evidence and held.evidence.span):
            self._talk.say(f"Answer {side}, criterion {number} is already judged {name}.")
            return
        self._talk.act(lambda reason: self._session.judge_criterion(side, criterion.id, name, evidence, reason=reason))

    def _evidence(self, side: Side, quoted: str) -> Span | None:
        if quoted.casefold() in ("none", ""):
            return None
        found = hits([self._answer(side)], quoted)
        if not found:
            raise NotUnderstoodError(f"“{quoted}” is not in answer {side}.")
        place = 0
        if len(found) > 1:
            options = [Option(f"{hit.name}: {hit.context}") for hit in found]
            place = self._talk.choose(f"“{quoted}” is in {len(found)} places. Which one?", options)
        return found[place].span

    def rate(self, arguments: Arguments) -> None:
        """Rate on the axes and scales of the protocol: one by its name, or all that are left, one after the other."""
        reading = self._talk.reading
        rated = list(self._rated())
        if not rated:
            raise NotUnderstoodError("This study has no axes and no scales.")
        names = list(dict.fromkeys(item.name for item in rated))
        place = arguments.take_option([Option(name) for name in names])
        if place is not None:
            self._rate_one([item for item in rated if item.name == names[place]], arguments)
            return
        side = arguments.take_side()
        arguments.expect_none()
        wanted = [item for item in rated if side in (None, item.side)]
        if not wanted:
            raise NotUnderstoodError("This study has no scales for answers.")
        left = [item for item in wanted if item.given is None]
        if not left:
            self._talk.say("Everything is rated. Type rate with the name of a scale or an axis to change a rating.")
            self._talk.say_lines([item.words for item in wanted])
        for item in left[:1] if reading.committed else left:
            self._store(item, self._talk.choose(f"{item.heading}: {item.question}", item.levels))

    def _rate_one(self, found: Sequence[Rated], arguments: Arguments) -> None:
        item = found[0]
        if item.side is not None:
            side = self._side(arguments)
            item = next(one for one in found if one.side == side)
        level = arguments.take_option(item.levels)
        arguments.expect_none()
        if level is None:
            level = self._talk.choose(f"{item.heading}: {item.question}", item.levels)
        self._store(item, level)

    def _store(self, item: Rated, place: int) -> None:
        if item.given == place:
            self._talk.say(f"{item.words} is already stored.")
        else:
            self._talk.act(lambda reason: item.store(place, reason))

    def _rated(self) -> Iterator[Rated]:
        """Yield all that the protocol asks to rate."""
        for axis in self._session.axes:
            yield self._axis(axis)
        for side in SIDES:
            for scale in self._session.answer_scales:
                yield self._answer_scale(side, scale)
        for ordinal in self._session.scales:
            yield self._ordinal(ordinal)

    def _axis(self, axis: Axis) -> Rated:
        given = self._talk.judgement.ratings.get(axis.name)
        place = None if given is None else [option.name for option in _RATINGS].index(given)

        def store(place: int, reason: str | None) -> None:
            self._session.rate(axis.name, cast(Rating, _RATINGS[place].name), reason=reason)

        return Rated(axis.name, axis.question, _RATINGS, place, store)

    def _answer_scale(self, side: Side, scale: AnswerScale) -> Rated:
        values: list[Level] = [*scale.numbered, *([None] if scale.not_applicable else [])]
        levels = [Option(anchor, number=str(level)) for level, anchor in scale.numbered.items()]
        if scale.not_applicable:
            levels.append(Option(NOT_APPLICABLE, key="n", number=str(max(scale.numbered) + 1)))
        given = self._talk.judgement.scale_ratings.get(scale.name, {})

        def store(place: int, reason: str | None) -> None:
            self._session.rate_answer(side, scale.name, values[place], reason=reason)

        place = values.index(given[side]) if side in given else None
        return Rated(scale.name, scale.question, tuple(levels), place, store, side)

    def _ordinal(self, scale: OrdinalScale) -> Rated:
        values = list(scale.levels)
        given = self._talk.judgement.levels.get(scale.name)

        def store(place: int, reason: str | None) -> None:
            self._session.state_level(scale.name, values[place], reason=reason)

        levels = tuple(Option(word, number=str(level)) for level, word in scale.levels.items())
        return Rated(scale.name, scale.question, levels, None if given is None else values.index(given), store)

    def scale_names(self) -> set[str]:
        """Return the names of all axes and scales, which may be typed without `rate` before them."""
        return {item.name.casefold() for item in self._rated()} if self._session.reading is not None else set()

    def grade(self, arguments: Arguments) -> None:
        """Grade how close an answer comes to the key's diagnosis, after the commit."""
        reveal = self._session.reveal()
        if reveal is None or not reveal.gradable:
            raise NotUnderstoodError("Answers are graded after the commit, where the key is a diagnosis and is shown.")
        options = [Option(grade.label, grade.definition, number=str(int(grade))) for grade in BondGrade]
        place = arguments.take_option(options)
        side = self._side(arguments)
        arguments.expect_none()
        if place is None:
            place = self._talk.choose(which_grade(side), options)
        grade = list(BondGrade)[place]
        if self._talk.judgement.grades.get(side) is grade:
            self._talk.say(f"Answer {side} already has grade {int(grade)}.")
            return
        before = self._talk.judgement
        if self._talk.saved(lambda: self._session.grade_diagnosis(side, grade)):
            self._talk.say_changes(before)
