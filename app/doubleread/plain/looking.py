"""Reading the texts of a case, finding words in them, and asking how far one is."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.display import display_line
from doubleread.domain.drafts import DraftState
from doubleread.domain.spans import Span
from doubleread.domain.word_search import MOST
from doubleread.domain.wording import duration_text, plural
from doubleread.plain.arguments import Arguments, NotUnderstoodError, SentenceRef
from doubleread.plain.talk import Talk
from doubleread.plain.texts import (
    Hit,
    ReadText,
    answer_texts,
    case_texts,
    hits,
    passage_text,
    text_of,
    text_of_annotation,
)
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.reading_summary import reading_summary

MOST_SHOWN = 50
"""Places of words, or lines of a long list, that are printed at once."""
STATES: dict[DraftState, str] = {
    "waiting": "is waiting to be generated",
    "writing": "is being generated",
    "done": "is finished",
    "failed": "failed",
}


class Looking:
    """Prints what a reader may see now."""

    def __init__(self, talk: Talk, *, formatted: bool) -> None:
        self._talk = talk
        self._session = talk.session
        self._formatted = formatted

    def texts(self) -> list[ReadText]:
        """Return all texts that can be read as numbered sentences: both answers, the case and its documents."""
        return [*self.answers(), *self.case_texts()]

    def answers(self) -> list[ReadText]:
        """Return the answers that are finished."""
        return answer_texts(self._session.answers().values(), formatted=self._formatted)

    def case_texts(self) -> list[ReadText]:
        """Return the case and its documents."""
        return case_texts(self._session.case, formatted=self._formatted)

    def sources(self) -> list[ReadText]:
        """Return the texts that an annotation can be linked to: the case, its documents and retrieved passages."""
        passages = (passage for given in self._session.passages().values() for passage in given)
        return [*self.case_texts(), *map(passage_text, passages)]

    def introduce(self) -> None:
        """Say which case this is, and print it if it is open."""
        session, progress = self._session, self._session.progress
        reading = session.reading
        committed = reading is not None and reading.committed
        title = f": {session.case.title}" if session.case.title else ""
        parts = [f"Case {progress.position} of {progress.total}{title}."]
        if session.case.specialty:
            parts.append(f"{session.case.specialty.capitalize()}.")
        if committed:
            parts.append("Committed.")
        self._talk.say(display_line(" ".join(parts)))
        if not committed:
            self._say_case()
        self._talk.say_lines(self.states())

    def states(self) -> list[str]:
        """Return how far both answers are, and why one failed."""
        answers = self._session.answers()
        if all(answer.state == "done" for answer in answers.values()):
            return ["Both answers are finished."]
        return [line for answer in answers.values() for line in state_lines(answer)]

    def case(self, arguments: Arguments) -> None:
        """Print the case, or some of its sentences."""
        wanted = arguments.take_range()
        arguments.expect_none()
        if wanted is not None:
            self.sentences(SentenceRef("C", 0, *wanted))
        else:
            self._say_case()

    def _say_case(self) -> None:
        case = self._session.case
        own = case.whole.parts[0].span
        end = case.whole.documents[0].start if case.whole.documents else len(case.whole.text)
        self._say_sentences(self.case_texts()[0])
        # What follows is the question, the options and the conversation.
        options = {f"{letter}  {option}": f"Option {letter}: {option}" for letter, option in case.options.items()}
        for line in case.whole.text[own.end : end].splitlines():
            if line.strip():
                self._talk.say(options.get(line, line))
        if case.documents:
            self._talk.say(f"{plural(len(case.documents), 'document')}. Type documents for the list.")
        if case.criteria:
            self._talk.say(f"{plural(len(case.criteria), 'criterion', 'criteria')}. Type criteria for the list.")

    def question(self, arguments: Arguments) -> None:
        """Print the question."""
        arguments.expect_none()
        self._talk.say(self._session.case.question or "This case has no question.")

    def options(self, arguments: Arguments) -> None:
        """Print the options."""
        arguments.expect_none()
        options = self._session.case.options
        if not options:
            self._talk.say("This case has no options.")
        self._talk.say_lines([f"Option {letter}: {option}" for letter, option in options.items()])

    def documents(self, arguments: Arguments) -> None:
        """List the documents."""
        arguments.expect_none()
        documents = self._session.case.whole.documents
        if not documents:
            self._talk.say("This case has no documents.")
        self._talk.say_lines([" ".join(part.title.split()) for part in documents])

    def document(self, arguments: Arguments) -> None:
        """Print a document, or some of its sentences."""
        number = arguments.take_number()
        wanted = arguments.take_range()
        arguments.expect_none()
        count = len(self._session.case.documents)
        if not count:
            raise NotUnderstoodError("This case has no documents.")
        if number is None:
            number = Arguments(self._talk.text(f"Which document? Type a number from 1 to {count}.")).take_number() or 0
        text = text_of(self.texts(), SentenceRef("D", number, 1, 1))
        if wanted is None:
            self._talk.say(display_line(" ".join(self._session.case.whole.documents[number - 1].title.split())))
            self._say_sentences(text)
        else:
            self.sentences(SentenceRef("D", number, *wanted))

    def answer_a(self, arguments: Arguments) -> None:
        """Print answer A, or some of its sentences."""
        self._answer("A", arguments)

    def answer_b(self, arguments: Arguments) -> None:
        """Print answer B, or some of its sentences."""
        self._answer("B", arguments)

    def _answer(self, side: Side, arguments: Arguments) -> None:
        wanted = arguments.take_range()
        arguments.expect_none()
        answer = self._session.answers()[side]
        if wanted is not None:
            self.sentences(SentenceRef(side, 0, *wanted))
        elif answer.state == "done":
            self._talk.say(f"Answer {side}, {plural(len(answer.sentences), 'sentence')}.")
            self._say_sentences(next(text for text in self.answers() if text.side == side))
        else:
            self._talk.say_lines(list(state_lines(answer)))
            if answer.text:
                self._talk.say(f"So far: {answer.text}")

    def sentences(self, ref: SentenceRef) -> None:
        """Print some sentences by their numbers."""
        text = text_of(self.texts(), ref)
        text.span_of(ref.first, ref.last)
        self._say_sentences(text, ref.first, ref.last)

    def _say_sentences(self, text: ReadText, first: int = 1, last: int | None = None) -> None:
        if not text.text.strip():
            self._talk.say("It is empty." if text.side else "")
            return
        for name, span in text.lines(first, last):
            words = text.words_of(span)
            if words:
                self._talk.say_lines([" ".join(filter(None, (name, words, self._marks(text, span))))])

    def _marks(self, text: ReadText, span: Span) -> str:
        """Return what the reader has said of a sentence."""
        reading = self._session.reading
        if reading is None:
            return ""
        found = []
        for annotation in reading.judgement.annotations:
            here = text_of_annotation([text], annotation, reading.side_of(annotation.answer_id)) is not None
            if here and span.start < annotation.end and annotation.start < span.end:
                found.append(f"annotation {annotation.label}, {annotation.category}")
        if text.side is not None:
            place = (reading.answer_ids[text.side], span.start, span.end)
            if (judged := reading.judgement.sentences.get(place)) is not None:
                found.append(judged.judgement)
        return f"({'; '.join(found)})" if found else ""

    def raw(self, arguments: Arguments) -> None:
        """Print texts as they are written from now on, or without their Markdown."""
        word = arguments.take_word("yes", "no")
        arguments.expect_none()
        self._formatted = not self._formatted if word is None else word == "no"
        self._talk.say(
            "Texts are printed without their Markdown." if self._formatted else "Texts are printed as they are written."
        )

    def find(self, arguments: Arguments) -> None:
        """Print where words are in the case, its documents and the answers."""
        wanted = arguments.take_rest() or self._talk.text("Which words?")
        found = hits(self.texts(), wanted)
        if not found:
            self._talk.say(f"“{wanted}” was not found.")
            return
        more = "at least " if len(found) >= MOST else ""
        self._talk.say(f"“{wanted}” was found in {more}{plural(len(found), 'place')}.")
        self._talk.say_lines([hit_line(hit) for hit in found[:MOST_SHOWN]])
        if len(found) > MOST_SHOWN:
            self._talk.say(f"And {len(found) - MOST_SHOWN} more.")

    def status(self, arguments: Arguments) -> None:
        """Say where the reader is, and what they have said of this case."""
        arguments.expect_none()
        session, progress = self._session, self._session.progress
        reading = session.reading
        committed = "committed" if reading is not None and reading.committed else "not committed"
        parts = [
            f"{session.title or 'Study'}.",
            f"Reader {session.reader_id}.",
            f"Case {progress.position} of {progress.total}, {committed}.",
            f"{progress.committed} of {progress.total} committed.",
        ]
        self._talk.say(display_line(" ".join(parts)))
        self._talk.say_lines([*self.states(), *(" ".join(line.split()) for line in reading_summary(session))])

    def time(self, arguments: Arguments) -> None:
        """Say how long the reader has worked on this case."""
        arguments.expect_none()
        self._talk.say(f"Reading time of this case: {duration_text(self._session.active_seconds)}.")

    def guideline(self, arguments: Arguments) -> None:
        """Print the guideline of the study."""
        arguments.expect_none()
        self._talk.say(self._session.guideline.strip() or "This study has no guideline.")

    def passages(self, arguments: Arguments) -> None:
        """Print the passages that an answer was given, or those of both."""
        wanted = arguments.take_side()
        arguments.expect_none()
        given = self._session.passages()
        if not given:
            self._talk.say("There are no passages to show.")
        for side in given:
            if wanted not in (None, side):
                continue
            self._talk.say(f"Passages given to the model of answer {side}: {len(given[side])}.")
            for passage in given[side]:
                self._talk.say(display_line(f"Passage {passage.rank}, {passage.heading}"))
                self._talk.say(passage.text)

    def reasoning(self, arguments: Arguments) -> None:
        """Print what a model wrote before its answer."""
        wanted = arguments.take_side()
        arguments.expect_none()
        reveal = self._session.reveal()
        found = reveal.reasoning if reveal is not None else {}
        if reveal is None:
            self._talk.say("The reasoning is hidden until the commit.")
        elif not found:
            self._talk.say("There is no reasoning to show.")
        for side in SIDES:
            if side in found and wanted in (None, side):
                self._talk.say(f"Reasoning before answer {side}:")
                self._talk.say(found[side])


def state_lines(answer: BlindAnswer) -> Iterator[str]:
    """Yield how far an answer is, and why it failed."""
    yield f"Answer {answer.side} {STATES[answer.state]}."
    if answer.trouble is not None:
        yield f"{answer.trouble}."


def hit_line(hit: Hit) -> str:
    """Return where words are, and what is around them."""
    return f"{hit.name}: {hit.context}"
