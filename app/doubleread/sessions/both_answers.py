"""Both answers of a case on the reader's sides, and what may be seen of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from doubleread.domain.answer import Answer
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.case import Case
from doubleread.domain.drafts import Draft, Trouble
from doubleread.domain.reading_checks import Texts
from doubleread.domain.redaction import redacted
from doubleread.domain.retrieval import RetrievedPassage, given_passages
from doubleread.domain.score import Score
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.study import Protocol
from doubleread.read_model.readable_study import ReadableStudy
from doubleread.read_model.redactions import Redactions, Spans
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal, without_names

NOT_GENERATED = Draft(
    "failed", trouble=Trouble("No answer", "it has not been generated yet", "generate it with `doubleread run`")
)


class BothAnswers:
    """The answers to one case. Knows which model is on which side, and never tells too early.

    `sides` is the model on each side. `redacts` says whether words that name a model are redacted at the moment.
    """

    def __init__(
        self,
        study: ReadableStudy,
        case: Case,
        protocol: Protocol,
        sides: Mapping[Side, str],
        redactions: Redactions,
        run: GenerationRun | None,
        redacts: Callable[[], bool],
    ) -> None:
        self.case = case
        self.shown_case = OpenCase.of(case, protocol)
        self.protocol = protocol
        self.sides = sides
        self.spans: dict[str, Spans] = {}
        """The redacted words of each finished answer, by its id."""
        self._study = study
        self._redactions = redactions
        self._run = run
        self._redacts = redacts
        self._finished: dict[str, Answer] = {}
        self._growing: dict[str, str] = {}

    def read(self) -> bool:
        """Read answers that have been finished. Return whether both are."""
        if len(self._finished) < len(SIDES):
            stored = self._study.answers.of_case(self.case.id)
            for arm_id in self.sides.values():
                if arm_id in stored and arm_id not in self._finished:
                    answer = self._finished[arm_id] = stored[arm_id]
                    redact = self.protocol.redact
                    self.spans[answer.id] = self._redactions.spans(answer, self.case) if redact else ()
        return len(self._finished) == len(SIDES)

    def on(self, side: Side) -> Answer:
        """Return the finished answer on a side."""
        return self._finished[self.sides[side]]

    def by_side(self) -> dict[Side, Answer]:
        """Return both finished answers."""
        return {side: self.on(side) for side in SIDES}

    def texts(self) -> Texts:
        """Return what judgements refer to, unredacted."""
        answers = {answer.id: answer.text for answer in self._finished.values()}
        # What annotations point into was checked when they were stored.
        return Texts(self.case.text, answers, lambda _: None, tuple(criterion.id for criterion in self.case.criteria))

    def shown(self) -> dict[Side, BlindAnswer]:
        """Return both sides as they may be seen now."""
        return {side: self._shown(side, arm_id) for side, arm_id in sorted(self.sides.items())}

    def _shown(self, side: Side, arm_id: str) -> BlindAnswer:
        if (answer := self._finished.get(arm_id)) is not None:
            text = redacted(answer.text, self.spans[answer.id]) if self._redacts() else answer.text
            return BlindAnswer(side, "done", text, answer.id, sentences=sentences_to_judge(answer.text))
        draft = self._run.draft(self.case.id, arm_id) if self._run is not None else NOT_GENERATED
        trouble = without_names(draft.trouble, self._study.arms()) if draft.trouble else None
        state = "writing" if draft.state == "done" else draft.state
        text = draft.text
        if self.protocol.redact:
            before = self._growing.get(arm_id, "")
            # An answer that is generated again starts from nothing.
            text = self._redactions.growing(text, self.case, before if len(before) <= len(text) else "")
            self._growing[arm_id] = text
        return BlindAnswer(side, state, text, trouble=trouble)

    def make_again(self, side: Side) -> None:
        """Generate a failed answer again, restarting its model if it has ended."""
        if self._run is not None:
            self._run.retry(self.case.id, self.sides[side])

    def reveal(self) -> Reveal:
        """Return what the protocol shows of key, explanation, scores, reasoning and names after the commit."""
        self.read()
        protocol, case, answers = self.protocol, self.case, self.by_side()
        scores: dict[Side, Score | None] = {}
        if protocol.reveal_key and protocol.reveal_scores:
            scores = {side: self._score(answer) for side, answer in answers.items()}
        # A reader's own file names no model.
        named = protocol.reveal_names and self._study.split_reader is None
        names = {arm.id: arm.name for arm in self._study.arms()}
        reasoning: dict[Side, str] = {}
        if protocol.reveal_reasoning:
            reasoning = {side: text for side, answer in answers.items() if (text := self._reasoning(answer))}
        key = (case.key_text, case.explanation, case.source) if protocol.reveal_key else ("", "", "")
        return Reveal(
            *key,
            scores,
            {side: names[arm_id] for side, arm_id in self.sides.items()} if named else {},
            reasoning,
            gradable=protocol.reveal_key and case.kind == "diagnosis",
            criteria=case.criteria if protocol.reveal_key else (),
        )

    def passages(self, *, committed: bool) -> dict[Side, tuple[RetrievedPassage, ...]]:
        """Return the passages that each answer was given, as far as they may be seen now.

        Nothing if neither was given any. An answer without retrieval has none, like one for which none were found.
        """
        when = self.protocol.show_passages
        if when == "never" or (when == "after" and not committed) or not self.read():
            return {}
        found = {side: given_passages(answer.manifest) for side, answer in self.by_side().items()}
        if not any(found.values()):
            return {}
        return {side: passages or () for side, passages in found.items()}

    def _score(self, answer: Answer) -> Score | None:
        score = self._study.answers.primary_score(answer.id)
        if score is None:
            return None
        # Answers that came at different times may have been scored by different versions.
        score = replace(score, version="")
        if not self._redacts():
            return score
        return self._redactions.score(score, self.case, answer, self.spans[answer.id])

    def _reasoning(self, answer: Answer) -> str:
        if not answer.reasoning or not self._redacts():
            return answer.reasoning
        return self._redactions.about(answer.reasoning, self.case, answer, self.spans[answer.id])
