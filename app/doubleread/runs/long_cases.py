"""Which cases of a study probably have too many documents for a model's context."""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.domain.formatting import whole
from doubleread.domain.wording import plural, verb
from doubleread.engine.fitting import estimated_tokens
from doubleread.runs.engines import context_of, passage_tokens
from doubleread.runs.generation import answer_request
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class LongCases:
    """How many cases have documents, and how many of them are probably too long for `n_ctx` tokens."""

    cases: int
    too_long: int
    n_ctx: int

    def __str__(self) -> str:
        """Say what a run will do; an empty string if it leaves nothing out."""
        if not self.too_long:
            return ""
        are = verb(self.too_long, "is", "are")
        return (
            f"by an estimate, {self.too_long} of {plural(self.cases, 'case')} with documents {are} too long for"
            f" {whole(self.n_ctx)} tokens: whole documents are left out, the last first and needed ones never; each"
            " answer's manifest names them. Raise n_ctx in the protocol to leave out fewer"
        )


def long_cases(study: StudyFile) -> LongCases:
    """Estimate it for the arm with the smaller context, without a tokenizer."""
    protocol = study.protocol
    arms = [arm for arm in study.arms() if not arm.external]
    cases = too_long = 0
    for case in study.cases() if arms else ():
        if not case.documents:
            continue
        cases += 1
        too_long += any(
            bool(asked.documents)
            and estimated_tokens(asked.messages) + passage_tokens(arm) + asked.sampling.max_tokens
            > context_of(arm, protocol.n_ctx)
            for arm in arms
            for asked in (answer_request(case, arm, protocol),)
        )
    return LongCases(cases, too_long, min((context_of(arm, protocol.n_ctx) for arm in arms), default=protocol.n_ctx))
