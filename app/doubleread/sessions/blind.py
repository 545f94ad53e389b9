"""What a reader may see: a case without its key, two answers without their models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread.domain.blinding import Side
from doubleread.domain.case import Case
from doubleread.domain.drafts import DraftState, Trouble
from doubleread.domain.model import Model
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
        """Leave out what gives the case away."""
        return OpenCase(case.id, case.kind, case.title, case.text, case.question, dict(case.options), case.specialty)


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """One side of the screen. `text` may still grow while `state` is "writing"; only a done answer has an id.

    `sentences` are those of a done answer that can be judged, by its own words, redacted or not.
    """

    side: Side
    state: DraftState
    text: str = ""
    answer_id: str | None = None
    trouble: Trouble | None = None
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reveal:
    """What the commit uncovers. Texts, `scores` and `names` are empty where the protocol keeps them back.

    `reasoning` has the sides whose models thought before they answered, with what they thought. `gradable` says that
    the key is a diagnosis against which the reader grades the answers.
    """

    key_text: str
    explanation: str
    source: str
    scores: Mapping[Side, Score | None]
    names: Mapping[Side, str] = field(default_factory=dict)
    reasoning: Mapping[Side, str] = field(default_factory=dict)
    gradable: bool = False


def without_names(trouble: Trouble, models: tuple[Model, ...]) -> Trouble:
    """Take what names the models out of a message."""
    parts = (trouble.title, trouble.happened, trouble.remedy)
    return Trouble(*(without_model_names(part, models) for part in parts))
