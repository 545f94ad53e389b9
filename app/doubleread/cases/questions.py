"""The questions of examinations: the vignette and what is asked are one text in most datasets, two fields here."""

from __future__ import annotations

import re
from typing import Any

from doubleread.domain.spans import sentences

FALLBACK_QUESTION = "Which option is best?"

_ASKS = re.compile(
    r"\b(?:which|what|who|whom|whose|why|how|when|where)\b.*\bfollowing\b|^(?:which|what|how|why)\b", re.I
)
_CLOSING = "\"'\u201d\u2019)"
_MISSED_BREAK = re.compile(r"[.)]\s+(?=(?:Which|What) )")


def split_question(whole: str) -> tuple[str, str]:
    """Return (vignette, question) of an examination item: the last sentence that asks, and everything around it.

    If tables or an abstract follow the question, they go to the vignette. If nothing asks, the last sentence is
    taken, since unfinished stems ("... is most at risk for:") end there. If there is one sentence only, it is the
    vignette, and the question becomes `FALLBACK_QUESTION`. Every character but blanks is in one of the two.
    """
    text = whole.strip()
    spans = sentences(text)
    if len(spans) < 2 and not _MISSED_BREAK.search(text):
        return text, FALLBACK_QUESTION
    asking = [span for span in spans if span.of(text).rstrip(_CLOSING).endswith("?")]
    if not asking or spans[-1].of(text).endswith(":"):
        asking = [span for span in spans if _ASKS.search(span.of(text))] or [spans[-1]]
    chosen = asking[-1]
    missed = list(_MISSED_BREAK.finditer(text, chosen.start, chosen.end))
    start = missed[-1].end() if missed else chosen.start
    question = text[start : chosen.end]
    before, after = text[:start].rstrip(), text[chosen.end :].strip()
    return "\n".join(part for part in (before, after) if part), question


def ask(record: dict[str, Any], whole: str) -> None:
    """Give a record the `text` and the `question` of an examination item."""
    record["text"], record["question"] = split_question(whole)
