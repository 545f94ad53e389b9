"""Ask the models for alternative scores of choices: the likelihoods of letters and texts, and the letter alone.

Each scorer gives a score of its own beside the primary score. Existing scores are not made again.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.case import Case
from doubleread.domain.drafts import Trouble
from doubleread.domain.score import CONSTRAINED_LETTER, LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Score
from doubleread.engine.client.protocol import AskLikelihood, Finished, Generate, Sampling
from doubleread.errors import DoublereadError
from doubleread.read_model.queries import choice_answers, scorer_versions
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.run import Result, Run
from doubleread.scoring.alternative_scorers import (
    VERSIONS,
    Spelling,
    constrained_letter,
    letter_grammar,
    letter_likelihood,
    spellings,
    text_likelihood,
)
from doubleread.store import StudyFile

SCORER_OPTIONS: Mapping[str, str] = {
    "letters": LETTER_LIKELIHOOD,
    "texts": TEXT_LIKELIHOOD,
    "constrained": CONSTRAINED_LETTER,
}
"""What the command's option calls each scorer."""

LETTER_TOKENS = 8
"""Room for a letter, a blank before it, and the end of the answer."""


@dataclass(frozen=True, slots=True)
class MissingScore:
    """A score by an alternative scorer that an answer lacks."""

    answer_id: str
    case_id: str
    arm_id: str
    scorer: str


def missing_scores(study: StudyFile, scorers: Sequence[str]) -> list[MissingScore]:
    """Return the scores that answers to choices lack, by these scorers' present versions, in the study's order."""
    there = scorer_versions(study)
    return [
        MissingScore(answer_id, case_id, arm_id, scorer)
        for answer_id, case_id, arm_id in choice_answers(study)
        for scorer in scorers
        if (answer_id, scorer, VERSIONS[scorer]) not in there
    ]


class AlternativeScorersRun(Run[MissingScore]):
    """Asks the models for the missing scores, and stores each score as soon as it arrives.

    `failures` are the scores that the models did not give, each with the reason. A later run asks for them again.
    """

    result_name = "Score"

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        missing: Sequence[MissingScore],
        *,
        sequential: bool = False,
        restarts: int = 0,
        configuration: StudyConfiguration | None = None,
    ) -> None:
        """Prepare it; nothing is started. Missing scores of models without an engine are left out."""
        self._arms = {arm.id: arm for arm in study.arms()}
        self._prompts = {arm_id: arm.prompt_of(study.protocol) for arm_id, arm in self._arms.items()}
        self.failures: list[tuple[MissingScore, Trouble]] = []
        self._missing = {arm_id: deque(item for item in missing if item.arm_id == arm_id) for arm_id in engines}
        super().__init__(
            study,
            engines,
            {arm_id: len(items) for arm_id, items in self._missing.items()},
            sequential=sequential,
            restarts=restarts,
            configuration=configuration,
        )

    def _fill(self) -> None:
        for arm_id, missing in self._missing.items():
            while missing and self._has_room(arm_id, 2 * self._slots[arm_id]):
                item = missing.popleft()
                self._ask(item, self._request(item))

    def _request(self, item: MissingScore) -> Generate | AskLikelihood:
        request_id = uuid.uuid4().hex
        case = self._arms[item.arm_id].given(self._study.case(item.case_id))
        prompt = self._prompts[item.arm_id]
        answer = self._study.answers.by_id(item.answer_id)
        if item.scorer == CONSTRAINED_LETTER:
            messages = prompt.letter_messages(case, answer.text, answer.manifest)
            sampling = Sampling(max_tokens=LETTER_TOKENS, max_reasoning_tokens=0, grammar=letter_grammar(case))
            return Generate(request_id, messages, sampling)
        continuations = tuple(spelt for text in _texts(case, item.scorer).values() for spelt in spellings(text))
        return AskLikelihood(request_id, prompt.messages_given(case, answer.manifest), continuations)

    def _store(self, job: MissingScore, result: Result) -> None:
        self._study.answers.replace_scores(
            job.answer_id, [_scored(self._study, job, result, self._prompts[job.arm_id].letter_question)]
        )

    def _on_failed(self, job: MissingScore, trouble: Trouble) -> None:
        self.failures.append((job, trouble))

    def _requeue(self, job: MissingScore) -> None:
        self._missing[job.arm_id].appendleft(job)


def _texts(case: Case, scorer: str) -> dict[str, str]:
    """Return the text that a scorer compares for each option, by its letter."""
    return dict(case.options) if scorer == TEXT_LIKELIHOOD else {letter: letter for letter in case.options}


def _scored(study: StudyFile, item: MissingScore, event: Result, letter_question: str) -> Score:
    """Return the score that a result gives. Raises DoublereadError if it gives none."""
    case = study.case(item.case_id)
    if isinstance(event, Finished):
        if event.finish_reason == "cancelled":
            raise DoublereadError("Score cancelled", "the request was cancelled", "run it again")
        return constrained_letter(case, event.text, letter_question)
    values = iter(map(Spelling, event.log_likelihoods, event.tokens))
    found = {letter: [next(values) for _ in spellings(text)] for letter, text in _texts(case, item.scorer).items()}
    return (text_likelihood if item.scorer == TEXT_LIKELIHOOD else letter_likelihood)(case, found)
