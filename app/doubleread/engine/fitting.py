"""Which documents of a case a prompt has room for: whole documents are left out until it fits the context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from doubleread.domain.documents import DocumentSpan, removable
from doubleread.domain.prompts import Message
from doubleread.domain.wording import plural, verb
from doubleread.engine.client.protocol import Generate


class Counted(Protocol):
    """A prompt that knows how many tokens it has."""

    @property
    def count(self) -> int:
        """The number of tokens."""


CountedT = TypeVar("CountedT", bound=Counted)

BYTES_PER_TOKEN = 3.0
"""English clinical text has 4 to 4.5 UTF-8 bytes per token in common vocabularies, other languages fewer."""

TEMPLATE_TOKENS = 64
"""More than chat templates add to a conversation of a few turns."""


def estimated_tokens(messages: Sequence[Message]) -> int:
    """Return about how many tokens a prompt has, without a tokenizer."""
    size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
    return int(size / BYTES_PER_TOKEN) + TEMPLATE_TOKENS


@dataclass(frozen=True, slots=True)
class Fitted(Generic[CountedT]):
    """A prompt, and the ids of the documents that were left out of it."""

    prompt: CountedT
    left_out: tuple[str, ...]


class TooLongError(ValueError):
    """The prompt does not fit, even without the documents that may be left out. Its text says so."""


def fitted(
    request: Generate, room: int, reserved: int, write: Callable[[Sequence[Message]], CountedT]
) -> Fitted[CountedT]:
    """Return the prompt with the most documents that leaves room for the answer.

    `room` is the context in tokens, and `reserved` what the reasoning before the answer may take of it. If all
    documents that may be left out are, the reasoning gets what is left. Raises TooLongError. A prompt without documents
    is returned as it is.
    """
    whole = write(request.messages)
    if not request.documents:
        return Fitted(whole, ())
    for_answer = request.sampling.max_tokens
    if whole.count + for_answer + reserved <= room:
        return Fitted(whole, ())
    order = removable(request.documents)
    least = write(request.without(order)) if order else whole
    if least.count + for_answer > room:
        raise TooLongError(_refusal(request.documents, order, least.count, for_answer, room))
    # With the first `few` documents of `order` left out, it is too long; with the first `many`, it is `fitting`.
    few, many, fitting = 0, len(order), least
    while many - few > 1:
        middle = (few + many) // 2
        prompt = write(request.without(order[:middle]))
        if prompt.count + for_answer + reserved <= room:
            many, fitting = middle, prompt
        else:
            few = middle
    return Fitted(fitting, order[:many])


def _refusal(documents: Sequence[DocumentSpan], order: Sequence[str], count: int, answer: int, room: int) -> str:
    kept = [span.id for span in documents if span.id not in order]
    must = f"{', '.join(kept[:5])}{', …' if len(kept) > 5 else ''}"
    contain = verb(len(kept), "contains", "contain")
    which = (
        f"with only the {plural(len(kept), 'document')} that {contain} the answer ({must})"
        if any(span.needed for span in documents)
        else f"with a single document ({must})"
    )
    return f"{which}, the prompt has {count} tokens and the answer up to {answer}, but the model has room for {room}"
