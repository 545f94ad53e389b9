"""What a reader may see: a case without its key, two answers without their models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from doubleread.domain.blinding import Side
from doubleread.domain.case import Case
from doubleread.domain.model import Model
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.sessions.generation import DraftState, Trouble

_NAMING = ("general.name", "general.basename", "general.organization", "general.author")


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

    `sentences` are those of a done answer that can be judged, by its own words, covered or not.
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

    `thinking` has the sides whose models thought before they answered, with what they thought. `gradable` says that the
    key is a diagnosis against which the reader grades the answers.
    """

    key_text: str
    explanation: str
    source: str
    scores: Mapping[Side, Score | None]
    names: Mapping[Side, str] = field(default_factory=dict)
    thinking: Mapping[Side, str] = field(default_factory=dict)
    gradable: bool = False


def without_names(trouble: Trouble, models: tuple[Model, ...]) -> Trouble:
    """Take the models' names, files and folders out of a message, whatever their case."""
    words = {word for model in models for word in _telltales(model) if len(word) > 2}
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)

    def clean(text: str) -> str:
        return pattern.sub("this model", text) if words else text

    return Trouble(clean(trouble.title), clean(trouble.happened), clean(trouble.remedy))


def _telltales(model: Model) -> tuple[str, ...]:
    path = PurePath(model.path)
    named = (str(model.metadata.get(key, "")) for key in _NAMING)
    return (model.name, model.path, path.name, path.stem, model.id, model.sha256, *named)
