"""Generate, score and store a study's missing answers with two engines."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, replace
from typing import Any, NamedTuple
from typing import Protocol as Shape

from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.documents import in_order
from doubleread.domain.drafts import Draft, Trouble
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.study import Protocol
from doubleread.engine.client.protocol import Chunk, Finished, Generate, Loaded, Priority, Sampling
from doubleread.errors import DoublereadError
from doubleread.runs.case_order import CaseQueue, CaseSample, case_queues
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.run import Result, Run, SameThreadExecutor
from doubleread.runs.saving import store_answer
from doubleread.store import StudyFile


class AnswerJob(NamedTuple):
    """An answer to generate: of one arm to one case. `sample` 0 is the first answer, which is read."""

    case_id: str
    arm_id: str
    sample: int = 0

    @property
    def item(self) -> CaseSample:
        """The item of a queue that it belongs to."""
        return CaseSample(self.case_id, self.sample)


class PassageSource(Shape):
    """What finds the passages that an arm with retrieval is given for a case."""

    def passages(self, retrieval: Retrieval, case: Case) -> tuple[RetrievedPassage, ...]:
        """Return them. Raises DoublereadError."""

    def close(self) -> None:
        """Close the corpora."""


class GenerationRun(Run[AnswerJob]):
    """Keeps both models busy with a study's missing answers.

    With `together`, both models get the same case at the same moment, and the next case when both have finished it, so
    that a reader sees the two answers grow side by side; only first answers are generated, because readers see no
    others. Without, each model goes on as fast as it can, and takes cases with a common beginning in a row, first
    answers before later ones. It always has as many requests queued as it has slots, so that no slot is idle between
    two answers. A case passed to `prioritise` comes next.

    With `together`, answers are saved on the engines' threads: a reader waits for them.
    """

    result_name = "Answer"

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        *,
        on_change: Callable[[], None] = lambda: None,
        together: bool = True,
        sequential: bool = False,
        slots: int = 1,
        restarts: int = 0,
        configuration: StudyConfiguration | None = None,
        clock: Callable[[], float] = time.monotonic,
        saver: Executor | None = None,
        retriever: PassageSource | None = None,
    ) -> None:
        """Prepare it; nothing is started. Without `together`, the number of slots that a worker reports counts.

        Arms with retrieval get their passages of the `retriever`, which is closed at the end.
        """
        if together and sequential:
            raise ValueError("models that are loaded one after the other cannot answer together")
        self._together = together
        self._arms = {arm.id: arm for arm in study.arms()}
        self._drafts: dict[AnswerJob, Draft] = {}
        self._chunks: dict[AnswerJob, list[str]] = {}
        self._prioritised: set[str] = set()
        self._missing: dict[str, set[CaseSample]] = {arm_id: set() for arm_id in engines}
        for case_id, arm_id, sample in study.missing_samples():
            if arm_id in engines and not (together and sample):
                self._missing[arm_id].add(CaseSample(case_id, sample))
        self._queues = case_queues(study, self._missing, together=together)
        self._given: dict[AnswerJob, dict[str, Any]] = {}
        self._retriever = retriever
        super().__init__(
            study,
            engines,
            {arm_id: len(items) for arm_id, items in self._missing.items()},
            on_change=on_change,
            sequential=sequential,
            slots=slots,
            restarts=restarts,
            configuration=configuration,
            clock=clock,
            saver=saver or (SameThreadExecutor() if together else None),
        )

    def stop(self) -> None:
        """End the workers, and close the corpora."""
        super().stop()
        if self._retriever is not None:
            self._retriever.close()

    def draft(self, case_id: str, arm_id: str) -> Draft:
        """Return the present state of an arm's first answer, with all the text so far."""
        key = AnswerJob(case_id, arm_id)
        with self._lock:
            draft = self._drafts.get(key, Draft())
            if draft.state == "writing":
                # Joined once, so that the next call has few pieces to join.
                self._chunks[key] = ["".join(self._chunks[key])]
                return replace(draft, text=self._chunks[key][0])
            arm = self._progress.get(arm_id)
            if draft.state == "waiting" and arm is not None and arm.trouble:
                return Draft("failed", trouble=arm.trouble)
        if draft.state == "done":
            return replace(draft, text=self._study.answers.of_case(case_id)[arm_id].text)
        return draft

    def prioritise(self, case_id: str) -> None:
        """Put a case first, because a reader is looking at it."""
        with self._lock:
            self._prioritised.add(case_id)
            for queue in self._queues:
                self._put_first(queue, CaseSample(case_id))
            self._go_on()

    def retry(self, case_id: str, arm_id: str) -> None:
        """Generate a failed first answer again, and restart its model if that has ended. Not for `sequential`."""
        item = CaseSample(case_id)
        with self._lock:
            if self._drafts.get(AnswerJob(case_id, arm_id), Draft()).state == "failed":
                del self._drafts[AnswerJob(case_id, arm_id)]
                self._missing[arm_id].add(item)
                self._count(arm_id, failed=-1)
            ended = self._progress[arm_id].state == "failed"
            self._ended.pop(arm_id, None)
            if ended:
                self.halted = None
                self._progress[arm_id] = replace(self._progress[arm_id], state="starting", trouble=None)
            for queue in self._queues_of(arm_id):
                queue.put_back(self._missing[arm_id])
                self._put_first(queue, item)
            self._go_on()
        if ended:
            self._engines[arm_id].restart()
        self._on_change()

    def _on_chunk(self, event: Chunk) -> bool:
        key = self._requests.get(event.request_id)
        if key is not None and event.retracts:
            self._chunks[key].clear()
        elif event.reasoning:
            # Readers see reasoning only after the commit; the finished answer brings it again.
            return False
        elif key is not None:
            self._chunks[key].append(event.text)
        return True

    def _on_loaded(self, arm_id: str, event: Loaded, refusal: DoublereadError | None) -> None:
        slots = self._slots[arm_id]
        super()._on_loaded(arm_id, event, refusal)
        if self._together:
            self._slots[arm_id] = slots

    def _store(self, job: AnswerJob, result: Result) -> None:
        if isinstance(result, Finished):
            added = {**self._configuration.added(job.arm_id), **self._given.pop(job, {})}
            store_answer(self._study, *job, result, added)

    def _on_stored(self, job: AnswerJob) -> None:
        del self._chunks[job]
        self._drafts[job] = Draft("done")

    def _on_failed(self, job: AnswerJob, trouble: Trouble) -> None:
        self._drafts[job] = Draft("failed", "".join(self._chunks.pop(job)), trouble)
        if self.halted is None:
            try:
                self._study.answers.record_failure(job.case_id, job.arm_id, trouble.title, trouble.happened, job.sample)
            except DoublereadError as error:
                self._halt(error)

    def _requeue(self, job: AnswerJob) -> None:
        self._drafts.pop(job, None)
        self._missing[job.arm_id].add(job.item)
        for queue in self._queues_of(job.arm_id):
            self._put_first(queue, job.item)

    def _queues_of(self, arm_id: str) -> list[CaseQueue]:
        return [queue for queue in self._queues if arm_id in queue.arms]

    def _put_first(self, queue: CaseQueue, item: CaseSample) -> None:
        if any(item in self._missing[arm_id] for arm_id in queue.arms):
            queue.put_first(item)

    def _fill(self) -> None:
        for queue in self._queues:
            while queue and self._start_answers(queue, queue.first()):
                queue.drop_first()

    def _start_answers(self, queue: CaseQueue, item: CaseSample) -> bool:
        """Start an answer on all models of a queue that live and lack it; return whether the queue may go on."""
        arms = [
            arm_id
            for arm_id in queue.arms
            if item in self._missing[arm_id] and self._progress[arm_id].state != "failed"
        ]
        if not all(self._can_take(arm_id, item.case_id) for arm_id in arms):
            return False
        for arm_id in arms:
            key = AnswerJob(item.case_id, arm_id, item.sample)
            self._missing[arm_id].discard(item)
            self._chunks[key] = []
            self._drafts[key] = Draft("writing")
            try:
                request = self._request(key)
            except DoublereadError as error:
                self._fail(key, Trouble.of(error))
            else:
                self._ask(key, request)
        return True

    def _can_take(self, arm_id: str, case_id: str) -> bool:
        slots = self._slots[arm_id]
        if self._together:
            # An answer that is being saved counts, so that both models start the next case together.
            return self._has_room(arm_id, slots - self._unsaved[arm_id])
        return self._has_room(arm_id, 2 * slots + (case_id in self._prioritised))

    def _request(self, job: AnswerJob) -> Generate:
        """Return what asks for an answer. Raises DoublereadError if the passages for it cannot be found."""
        case, arm = self._study.case(job.case_id), self._arms[job.arm_id]
        passages: tuple[RetrievedPassage, ...] = ()
        if arm.retrieval is not None:
            if self._retriever is None:
                raise DoublereadError("No passages", f"the corpus of {arm.name} is not open", "run the study again")
            passages = self._retriever.passages(arm.retrieval, case)
            self._given[job] = {"retrieval": manifest_entry(arm.retrieval, passages)}
        at_once = self._together or case.id in self._prioritised
        priority: Priority = "interactive" if at_once else "batch"
        return answer_request(case, arm, self._study.protocol, job.sample, priority, passages)


def answer_request(
    case: Case,
    arm: Arm,
    protocol: Protocol,
    sample: int = 0,
    priority: Priority = "batch",
    passages: Sequence[RetrievedPassage] = (),
) -> Generate:
    """Return what an arm is asked for one of its answers to a case, with the passages that it is given."""
    decoding, prompt = arm.decoding_of(protocol), arm.prompt_of(protocol)
    case = in_order(arm.given(case), protocol.document_order, protocol.decoding.seed, sample)
    return Generate(
        request_id=uuid.uuid4().hex,
        messages=prompt.messages(case, passages),
        sampling=Sampling(**asdict(decoding) | {"seed": decoding.seed_of(case.id, sample)}),
        priority=priority,
        documents=prompt.document_spans(case, passages),
    )
