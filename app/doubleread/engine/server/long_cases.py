"""Cut the documents of a case to a server's context, with its own tokenizer if it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doubleread.domain.documents import documents_entry
from doubleread.domain.prompts import Message
from doubleread.engine.fitting import TEMPLATE_TOKENS, TooLongError, estimated_tokens, fitted
from doubleread.engine.server.request import LongCase
from doubleread.errors import ServerError


@dataclass(frozen=True, slots=True)
class _Sized:
    messages: tuple[Message, ...]
    count: int


class DocumentCutter:
    """Leaves documents out of requests. `ask` posts a text to the server's tokenizer; None if there is none.

    llama-server and vLLM have a tokenizer under the same path, with different fields, and ignore each other's.
    """

    def __init__(self, ask: Callable[[Mapping[str, Any]], Any]) -> None:
        self._ask = ask
        self._has_tokenizer = True

    def cut(self, long: LongCase) -> tuple[tuple[Message, ...], Mapping[str, Any]]:
        """Return the messages to send, and the manifest's entry on their documents. Raises ServerError."""
        try:
            found = fitted(long.request, long.room, long.reserved, self._sized)
        except TooLongError as error:
            remedy = "raise the context length of the server and n_ctx of the protocol if the model allows it"
            raise ServerError("Documents too long", str(error), remedy) from None
        counted = "server" if self._has_tokenizer else "estimate"
        return found.prompt.messages, documents_entry(long.request.documents, found.left_out, counted)

    def _sized(self, messages: Sequence[Message]) -> _Sized:
        if self._has_tokenizer:
            text = "\n".join(message.content for message in messages)
            count = _count(self._ask({"content": text, "prompt": text}))
            if count is not None:
                return _Sized(tuple(messages), count + TEMPLATE_TOKENS)
            self._has_tokenizer = False
        return _Sized(tuple(messages), estimated_tokens(messages))


def _count(page: Any) -> int | None:
    if not isinstance(page, dict):
        return None
    tokens, count = page.get("tokens"), page.get("count")
    if isinstance(tokens, list):
        return len(tokens)
    return count if isinstance(count, int) and not isinstance(count, bool) else None
