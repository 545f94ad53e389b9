"""What a reader may see: a case without its key, two answers without their models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import Side
from doubleread.domain.case import Case, Criterion, Document
from doubleread.domain.case_text import CaseText, case_text
from doubleread.domain.documents import in_order
from doubleread.domain.drafts import DraftState, Trouble
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.read_model.blinding import without_model_names


@dataclass(frozen=True, slots=True)
class OpenCriterion:
    """The part of a criterion that a reader sees before the commit: its points and tags tell what its author thinks."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """The part of a case that a reader sees before the commit: no key, no synonyms, no explanation, no source.

    `whole` is all that is read, as one text.
    """

    id: str
    kind: str
    title: str
    text: str
    question: str
    options: Mapping[str, str]
    specialty: str
    documents: tuple[Document, ...]
    whole: CaseText
    criteria: tuple[OpenCriterion, ...] = ()

    @staticmethod
    def of(case: Case, protocol: Protocol) -> OpenCase:
        """Leave out what reveals the answer. Documents are in the order in which the first answers got them.

        Which of them are needed is left out, because these contain the answer.
        """
        ordered = in_order(case, protocol.document_order, protocol.decoding.seed).documents
        documents = tuple(replace(document, needed=False) for document in ordered)
        return OpenCase(
            case.id,
            case.kind,
            case.title,
            case.text,
            case.question,
            dict(case.options),
            case.specialty,
            documents,
            case_text(case.text, case.question, case.options, documents, case.turns),
            tuple(OpenCriterion(criterion.id, criterion.text) for criterion in case.criteria),
        )


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
    """Remove the models' names from a message.

    If one arm alone is on a server or is given passages, also remove what tells the two kinds apart.
    """
    first, second = arms
    if (first.server is None, first.retrieval is None) != (second.server is None, second.retrieval is None):
        return Trouble("Answer not generated", "its model did not answer", "try again, or ask the study lead")
    parts = (trouble.title, trouble.happened, trouble.remedy)
    return Trouble(*(without_model_names(part, arms) for part in parts))
