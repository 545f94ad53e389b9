"""The prompt that both answers of a case have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.prompts import Message
from doubleread.store import StudyFile

PromptSource = Literal["sent", "protocol"]


class SharedPrompts:
    """Returns the messages of cases, as both arms were sent them."""

    def __init__(self, study: StudyFile) -> None:
        self._protocol = study.protocol
        self._arms = {arm.id: arm for arm in study.arms()}

    def of(self, case: Case, answers: Iterable[Answer]) -> tuple[tuple[Message, ...], PromptSource]:
        """Return the messages that the arms were sent, without passages of a corpus.

        If they were sent different ones, or what they were sent is not known, these are the messages of the protocol.
        """
        sent = {self.sent(case, answer) for answer in answers}
        if len(sent) == 1 and (same := sent.pop()) is not None:
            return same, "sent"
        return self._protocol.prompt.messages(case), "protocol"

    def sent(self, case: Case, answer: Answer) -> tuple[Message, ...] | None:
        """Return what an arm was sent, without passages of a corpus; None for an imported answer."""
        if answer.finish_reason == "imported" or "imported" in answer.manifest:
            return None
        arm = self._arms[answer.arm_id]
        manifest = {name: value for name, value in answer.manifest.items() if name != "retrieval"}
        return arm.prompt_of(self._protocol).messages_given(arm.given(case), manifest)
