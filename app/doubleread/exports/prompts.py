"""The prompts of exports: what the arms were sent for a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.prompts import Message
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages, and whether arms were sent them or they are what the protocol would send."""

    messages: tuple[Message, ...]
    source: Literal["sent", "protocol"]


class Prompts:
    """Returns the messages by which a study's arms were asked."""

    def __init__(self, study: StudyFile) -> None:
        self._protocol = study.protocol
        self._arms = {arm.id: arm for arm in study.arms()}

    def shared(self, case: Case, answers: Iterable[Answer]) -> Prompt:
        """Return the messages that both arms were sent, without passages of a corpus.

        If they were sent different ones, or what they were sent is not known, these are the messages of the protocol.
        """
        sent = {self._sent(case, answer, passages=False) for answer in answers}
        if len(sent) == 1 and (same := sent.pop()) is not None:
            return Prompt(same, "sent")
        return Prompt(self._protocol.prompt.messages(case), "protocol")

    def given(self, case: Case, answer: Answer) -> Prompt:
        """Return the messages that an arm was sent, with passages; for an imported answer those of the protocol."""
        if (sent := self._sent(case, answer)) is not None:
            return Prompt(sent, "sent")
        return Prompt(self._protocol.prompt.messages(case), "protocol")

    def _sent(self, case: Case, answer: Answer, *, passages: bool = True) -> tuple[Message, ...] | None:
        if answer.finish_reason == "imported" or "imported" in answer.manifest:
            return None
        arm = self._arms[answer.arm_id]
        manifest = {name: value for name, value in answer.manifest.items() if passages or name != "retrieval"}
        return arm.prompt_of(self._protocol).messages_given(arm.given(case), manifest)
