"""What a reader may see: a case without its key, two answers without their models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import Side
from doubleread.domain.case import Case, Criterion, Turn
from doubleread.domain.drafts import DraftState, Trouble
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import without_model_names

_SPEAKERS = {"system": "Instructions", "user": "User", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True)
class OpenCriterion:
    """The part of a criterion that a reader sees before the commit: its points and tags tell what its author thinks."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """The part of a case that a reader sees before the commit: no key, no synonyms, no explanation, no source.

    `turns` are the conversation that the answers continue.
    """

    id: str
    kind: str
    title: str
    text: str
    question: str
    options: Mapping[str, str]
    specialty: str
    criteria: tuple[OpenCriterion, ...] = ()
    turns: tuple[Turn, ...] = ()

    @staticmethod
    def of(case: Case) -> OpenCase:
        """Leave out what reveals the answer."""
        return OpenCase(
            case.id,
            case.kind,
            case.title,
            case.text,
            case.question,
            dict(case.options),
            case.specialty,
            tuple(OpenCriterion(criterion.id, criterion.text) for criterion in case.criteria),
            case.turns,
        )

    @property
    def shown_text(self) -> str:
        """Vignette, question, options and conversation as one text.

        It begins with the vignette, so offsets are the vignette's. Turns that the vignette or the question quotes are
        not repeated.
        """
        options = "\n".join(f"{letter}  {option}" for letter, option in self.options.items())
        shown = f"{self.text}\n{self.question}"
        turns = [f"{_SPEAKERS[turn.role]}: {turn.content}" for turn in self.turns if turn.content.strip() not in shown]
        heading = "The conversation" if len(turns) == len(self.turns) else "Earlier in the conversation"
        conversation = (heading, *turns) if turns else ()
        return "\n\n".join(part for part in (self.text, self.question, options, *conversation) if part)


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """One side of the screen. `text` may still grow while `state` is "writing"; only a done answer has an id.

    `sentences` are the sentences of a done answer that can be judged.
    """

    side: Side
    state: DraftState
    text: str = ""
    answer_id: str | None = None
    trouble: Trouble | None = None
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reveal:
    """What the commit reveals. Texts, `scores` and `names` are empty if the protocol hides them.

    `reasoning` is the reasoning of the models that reasoned, by side. `gradable` says that the key is a diagnosis
    against which the reader grades the answers. `criteria` are those of a rubric with their points, if the key is
    shown.
    """

    key_text: str
    explanation: str
    source: str
    scores: Mapping[Side, Score | None]
    names: Mapping[Side, str] = field(default_factory=dict)
    reasoning: Mapping[Side, str] = field(default_factory=dict)
    gradable: bool = False
    criteria: tuple[Criterion, ...] = ()


def without_names(trouble: Trouble, arms: tuple[Arm, ...]) -> Trouble:
    """Remove the models' names from a message; if one arm alone is on a server, also what tells the two kinds apart."""
    if (arms[0].server is None) != (arms[1].server is None):
        return Trouble("Answer not generated", "its model did not answer", "try again, or ask the study lead")
    parts = (trouble.title, trouble.happened, trouble.remedy)
    return Trouble(*(without_model_names(part, arms) for part in parts))
