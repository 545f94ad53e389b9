"""What a reader may see: a case without its key, two answers without their models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import Side
from doubleread.domain.case import Case
from doubleread.domain.drafts import DraftState, Trouble
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import without_model_names


@dataclass(frozen=True, slots=True)
class OpenCase:
    """The part of a case that a reader sees before the commit: no key, no synonyms, no explanation, no source."""

    id: str
    kind: str
    title: str
    text: str
    question: str
    options: Mapping[str, str]
    specialty: str

    @staticmethod
    def of(case: Case) -> OpenCase:
        """Leave out what reveals the answer."""
        return OpenCase(case.id, case.kind, case.title, case.text, case.question, dict(case.options), case.specialty)

    @property
    def shown_text(self) -> str:
        """Vignette, question and options as one text. It begins with the vignette, so offsets are the vignette's."""
        options = "\n".join(f"{letter}  {option}" for letter, option in self.options.items())
        return "\n\n".join(part for part in (self.text, self.question, options) if part)


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
    against which the reader grades the answers.
    """

    key_text: str
    explanation: str
    source: str
    scores: Mapping[Side, Score | None]
    names: Mapping[Side, str] = field(default_factory=dict)
    reasoning: Mapping[Side, str] = field(default_factory=dict)
    gradable: bool = False


def without_names(trouble: Trouble, arms: tuple[Arm, ...]) -> Trouble:
    """Remove the models' names from a message; if one arm alone is on a server, also what tells the two kinds apart."""
    if (arms[0].server is None) != (arms[1].server is None):
        return Trouble("Answer not generated", "its model did not answer", "try again, or ask the study lead")
    parts = (trouble.title, trouble.happened, trouble.remedy)
    return Trouble(*(without_model_names(part, arms) for part in parts))
