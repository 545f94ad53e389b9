"""The workloads: the questions, and their numbers of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from doubleread.bench.prompt_texts import Wanted, write_questions
from doubleread.bench.task import Task
from doubleread.engine.client.settings import EngineSettings

QUESTION_TOKENS = 40
"""The tokens of a question that follows a document."""


@dataclass(frozen=True, slots=True)
class Workload:
    """`questions` 0 means one for each slot. With `documents`, every question follows one of them, in turn."""

    about: str
    prompt_tokens: int
    answer_tokens: int
    questions: int = 0
    documents: int = 0

    @property
    def tokens(self) -> int:
        """The tokens of one answer and its prompt."""
        return self.prompt_tokens + self.answer_tokens + (QUESTION_TOKENS if self.documents else 0)


COMPARED: Mapping[str, Workload] = {
    "short": Workload("short answers", 128, 64),
    "long": Workload("long answers", 32, 160),
    "documents": Workload("questions on long documents in turn", 3000, 16, questions=20, documents=2),
}
"""Workloads for every way."""

TWO_MODELS = Workload("two models at once or one after the other", 128, 64)
INTERACTIVE = Workload("a person's question while a batch runs", 128, 256)
OVERHEAD = Workload("what a step costs besides llama.cpp", 32, 160)
MEMORY = Workload("memory over many answers", 32, 8, questions=1000)

EVERY: Mapping[str, Workload] = {
    **COMPARED,
    "two-models": TWO_MODELS,
    "interactive": INTERACTIVE,
    "overhead": OVERHEAD,
    "memory": MEMORY,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """A user's own numbers in place of a workload's; None keeps the workload's."""

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    questions: int | None = None

    def of(self, workload: Workload) -> Workload:
        """Return the workload with these numbers."""
        given = {
            name: value
            for name in ("prompt_tokens", "answer_tokens", "questions")
            if (value := getattr(self, name)) is not None
        }
        return replace(workload, **given)


def make_task(workload: Workload, model: Path, settings: EngineSettings, slots: int, first_seed: int = 0) -> Task:
    """Return a workload's task for a model. Raises BenchError."""
    numbers = range(first_seed, first_seed + (workload.questions or slots))
    if workload.documents:
        wanted = [
            Wanted(
                number,
                workload.prompt_tokens + QUESTION_TOKENS,
                document=number % workload.documents,
                document_tokens=workload.prompt_tokens,
            )
            for number in numbers
        ]
    else:
        wanted = [Wanted(number, workload.prompt_tokens) for number in numbers]
    questions = tuple(write_questions(model, wanted))
    return Task(model, settings, questions, workload.answer_tokens, slots, alike=bool(workload.documents))
