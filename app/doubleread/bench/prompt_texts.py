"""Questions with an exact number of tokens, for any model. A child counts them as the engine's worker does."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doubleread.bench.children import answer_parent, ask_child, take_request
from doubleread.bench.task import Question

_WORDS = """
patient fever cough pain chest blood pressure heart rate sound lung skin eye pale weak left right arm leg head back
since days weeks night morning after before without with small large clear dark normal high low slow fast history
drug dose daily test shows count level white red cell kidney liver stomach muscle nerve bone joint swelling rash
sudden mild severe sharp dull old young man woman child reports denies feels walks eats sleeps breathes works
""".split()  # noqa: SIM905  (words are read in lines)
_FILLERS = (" a", " I", " of", " no", " on", " is", ".", "!", "?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to invent. With `document`, the text of that number and of `document_tokens` tokens comes first."""

    seed: int
    tokens: int
    document: int | None = None
    document_tokens: int = 0


def write_questions(model: Path, wanted: Sequence[Wanted]) -> list[Question]:
    """Return the questions, each as close to its length as the vocabulary allows. Raises BenchError."""
    request = {"model": str(model), "wanted": [asdict(item) for item in wanted]}
    return [Question(**item) for item in ask_child("prompt_texts", request)["questions"]]


def fitted(start: str, seed: str, tokens: int, count: Callable[[str], int]) -> str:
    """Return `start` continued with random words until `count` gives `tokens`, or the nearest lower number.

    If `start` is already longer, it is returned unchanged.
    """
    words = random.Random(seed)
    text, size = start, count(start)
    while size < tokens:
        sample = " ".join(words.choices(_WORDS, k=40))
        a_word = max(1.0, (count(f"{text} {sample}") - size) / 40)
        more = int(0.8 * (tokens - size) / a_word)
        if more < 4:
            break
        text = f"{text} {' '.join(words.choices(_WORDS, k=more))}".strip()
        size = count(text)
    while size < tokens:
        endings = [*(f" {word}" for word in words.sample(_WORDS, 12)), *_FILLERS]
        candidates = [(text + ending).strip() for ending in endings]
        longer = [(length, candidate) for candidate in candidates if size < (length := count(candidate)) <= tokens]
        if not longer:
            break
        size, text = words.choice(longer) if tokens - size > 12 else max(longer)
    return text


def _write(wanted: Wanted, count: Callable[[str], int], documents: dict[int, str]) -> Question:
    start = ""
    if wanted.document is not None:
        if wanted.document not in documents:
            seed = f"document {wanted.document}"
            documents[wanted.document] = fitted(f"Report {wanted.document}:", seed, wanted.document_tokens, count)
        start = documents[wanted.document] + "\n\n"
    text = fitted(f"{start}{wanted.seed}:", f"question {wanted.seed}", wanted.tokens, count)
    return Question(text, count(text))


def _main() -> None:
    request, out = take_request()
    from doubleread.domain.prompts import Message
    from doubleread.engine.client.settings import LoadSettings
    from doubleread.engine.worker import llama
    from doubleread.engine.worker.prompt import PromptWriter

    log = llama.Log()
    writer = PromptWriter(llama.Model(request["model"], LoadSettings(), lambda: None))

    def count(text: str) -> int:
        return len(writer.write([Message("user", text)]).tokens)

    documents: dict[int, str] = {}
    questions: list[dict[str, Any]] = [asdict(_write(Wanted(**item), count, documents)) for item in request["wanted"]]
    answer_parent({"questions": questions}, out)
    del log


if __name__ == "__main__":
    _main()
