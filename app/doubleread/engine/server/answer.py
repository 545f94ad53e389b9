"""One answer of a server as it grows: reasoning split off, and what its manifest says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from doubleread.domain.reasoning import ReasoningSplitter, Stretch, streamed_formats
from doubleread.domain.reasoning_markers import OwnMarkers, suspected_markers
from doubleread.engine.client.protocol import Chunk, EndReason, Generate, Sampling
from doubleread.engine.server.request import AnswerPiece, Decoding, LongCase, ServerAnswer, ServerRequest

_REASONS: dict[str, EndReason] = {"stop": "stop", "eos_token": "stop", "stop_sequence": "stop", "length": "length"}
"""Of the words by which servers say why an answer ended, those of a complete one and of one that was cut off."""


LONGEST_CONTEXT = 10_000_000
"""Tokens, where neither protocol nor server limits the context."""


def end_reason(said: str) -> EndReason | None:
    """Return why an answer ended, None for a reason such as "content_filter" after which it is not the model's."""
    return _REASONS.get(said)


class GrowingAnswer:
    """The pieces of one request's answer so far.

    What the server itself delimits as reasoning, and what markers delimit in its text, are both reasoning. With
    `reasons`, the model is known to reason, so that the tokens for reasoning are allowed from the start. The documents
    of a long case are cut to `n_ctx` tokens.
    """

    def __init__(
        self, request: Generate, own: Iterable[OwnMarkers], *, reasons: bool, n_ctx: int = LONGEST_CONTEXT
    ) -> None:
        self.request = request
        self._n_ctx = n_ctx
        self.with_reasoning_tokens = reasons and request.sampling.max_reasoning_tokens > 0
        self._own = tuple(own)
        self._splitter = ReasoningSplitter((*(pair.as_format() for pair in self._own), *streamed_formats()))
        self._answer: list[str] = []
        self._reasoning: list[str] = []
        self._from_server = False
        self._has_words = False

    @property
    def text(self) -> str:
        """The answer, without reasoning."""
        return "".join(self._answer)

    @property
    def reasoning(self) -> str:
        """The reasoning before it."""
        return "".join(self._reasoning)

    @property
    def has_begun(self) -> bool:
        """Whether anything has been passed on."""
        return bool(self._answer or self._reasoning)

    @property
    def lacks_reasoning_tokens(self) -> bool:
        """Whether the server was asked without the tokens that the protocol allows for reasoning."""
        return self.request.sampling.max_reasoning_tokens > 0 and not self.with_reasoning_tokens

    def again(self, *, reasons: bool) -> GrowingAnswer:
        """Return the same request without any answer."""
        return GrowingAnswer(self.request, self._own, reasons=reasons, n_ctx=self._n_ctx)

    def server_request(self) -> ServerRequest:
        """Return what the server is asked."""
        sampling = self.request.sampling
        most = sampling.max_tokens + (sampling.max_reasoning_tokens if self.with_reasoning_tokens else 0)
        long_case = LongCase(self.request, self._n_ctx, most - sampling.max_tokens) if self.request.documents else None
        return ServerRequest(self.request.request_id, self.request.messages, decoding(sampling, most), long_case)

    def take(self, piece: AnswerPiece) -> Iterator[Chunk]:
        """Yield what is now certain with a further piece."""
        if piece.reasoning:
            self._from_server = True
            yield from self._chunks([Stretch(piece.text, reasoning=True)])
            return
        text = piece.text
        if self._from_server and not self._has_words:
            # Blanks next to a marker belong to the marker, and so to those that the server has removed.
            text = text.lstrip()
        self._has_words = self._has_words or bool(text.strip())
        yield from self._chunks(self._splitter.feed(text))

    def end(self) -> Iterator[Chunk]:
        """Yield what was held back; the text has ended."""
        yield from self._chunks(self._splitter.end())

    def entries(self, answer: ServerAnswer) -> dict[str, Any]:
        """Return the manifest's entries about the finished answer; what is not known is absent."""
        settings = self.server_request().decoding.settings()
        known = {"server": self._from_server, "answer": self._splitter.format is not None}
        reasoning: dict[str, Any] = {
            "reasoning_format": self._splitter.format.name if self._splitter.format is not None else None,
            "reasoning_known_from": next((name for name, found in known.items() if found), None),
        }
        return {
            "sampler": self.request.sampling.as_record(),
            "request_settings": settings,
            **answer.entries(),
            **{name: value for name, value in reasoning.items() if value is not None},
            "reasoning_unclosed": self._splitter.phase == "reasoning" or (self._from_server and not self._has_words),
            "reasoning_retracted": self._splitter.retracted,
            "suspected_markers": list(suspected_markers(self.text)),
        }

    def _chunks(self, stretches: Iterable[Stretch]) -> Iterator[Chunk]:
        for stretch in stretches:
            if stretch.retracts:
                self._answer.clear()
            (self._reasoning if stretch.reasoning else self._answer).append(stretch.text)
            yield Chunk(self.request.request_id, stretch.text, stretch.reasoning, stretch.retracts)


def decoding(sampling: Sampling, max_tokens: int) -> Decoding:
    """Return every setting, so that no server's own default applies to those that it knows.

    The penalty for repetition has two names: that of llama.cpp and that of vLLM.
    """
    return Decoding(
        max_tokens=max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        seed=sampling.seed,
        stop=sampling.stop,
        extra={
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repeat_penalty,
            "repetition_penalty": sampling.repeat_penalty,
            "frequency_penalty": 0.0,
            "presence_penalty": 0.0,
        },
    )
