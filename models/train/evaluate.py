"""Measures the demo models through llama.cpp on held-out vignettes and on the bundled demo cases, greedily.

Run `python models/train/evaluate.py --count 300 --json figures.json`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "app")]

import llama_cpp  # noqa: E402

from citations import mentions, support  # noqa: E402
from demo_pack import PACK, demo_combinations  # noqa: E402
from doubleread.domain.case import Case  # noqa: E402
from doubleread.domain.prompts import PromptTemplate  # noqa: E402
from knowledge import Knowledge, load_knowledge  # noqa: E402
from vignettes import vignettes  # noqa: E402

SEED = "held-out-1"
MODELS = ("demo-general", "demo-biomedical")


@dataclass(frozen=True, slots=True)
class Item:
    """A case to answer, its true diagnosis and the findings that stand in it."""

    case: Case
    diagnosis: str
    present: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote for an item."""

    item: Item
    text: str
    finish: str
    tokens: int
    seconds: float


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a proportion."""
    if not total:
        return 0.0, 1.0
    z, p = 1.959964, hits / total
    middle, spread = p + z * z / (2 * total), z * sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def held_out(kind: str, count: int, knowledge: Knowledge) -> list[Item]:
    """Return vignettes whose seed and whose combination of findings were kept from training."""
    source = vignettes(SEED, kind, knowledge, held_out=True, excluded=demo_combinations(knowledge))
    return [Item(made.case, made.diagnosis, frozenset(made.wordings)) for made in islice(source, count)]


def demo_cases(kind: str, knowledge: Knowledge) -> list[Item]:
    """Return the bundled cases of a kind."""
    items = []
    for line in PACK.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] != kind:
            continue
        fields = ("id", "kind", "text", "question", "key")
        case = Case(**{name: record[name] for name in fields}, options=record.get("options", {}))
        present = frozenset(found.finding for found in mentions(case.text, knowledge))
        items.append(Item(case, case.options.get(case.key, case.key), present))
    return items


def answer(model: llama_cpp.Llama, item: Item) -> Reply:
    """Let a model answer one item, greedily."""
    messages: Any = [{"role": m.role, "content": m.content} for m in PromptTemplate().messages(item.case)]
    began = time.perf_counter()
    made: Any = model.create_chat_completion(messages, temperature=0.0, repeat_penalty=1.0, max_tokens=200)
    choice = made["choices"][0]
    text = choice["message"]["content"].strip()
    return Reply(item, text, choice["finish_reason"], made["usage"]["completion_tokens"], time.perf_counter() - began)


def is_right(reply: Reply) -> bool:
    """Say whether the first sentence names the true diagnosis, and for a choice case with its letter and no other."""
    first = reply.text.split(". ")[0].lower()
    named = reply.item.diagnosis.lower() in first
    if reply.item.case.kind == "choice":
        return named and re.findall(r"\(([a-z])\)", first) == [reply.item.case.key.lower()]
    return named


def letter_fits(reply: Reply) -> bool:
    """Say whether the letter given is the letter of the option named, right or wrong."""
    first = reply.text.split(". ")[0].lower()
    return any(f"{option.lower()} ({letter.lower()})" in first for letter, option in reply.item.case.options.items())


def figures(replies: list[Reply], knowledge: Knowledge) -> dict[str, Any]:
    """Count what a set of replies got right and what it invented."""
    total = len(replies)
    supports = [support(reply.text, reply.item.present, knowledge) for reply in replies]
    right = sum(is_right(reply) for reply in replies)
    cited, absent = sum(s.cited for s in supports), sum(len(s.absent) for s in supports)
    words = [len(reply.text.split()) for reply in replies]
    choice = [reply for reply in replies if reply.item.case.kind == "choice"]
    return {
        "n": total,
        "right": right,
        "right_95": wilson(right, total),
        "letter_fits_name": sum(map(letter_fits, choice)),
        "cited": cited,
        "cited_absent": absent,
        "cited_absent_95": wilson(absent, cited),
        "answers_with_absent": sum(bool(s.absent) for s in supports),
        "answers_with_contradiction": sum(bool(s.contradicted) for s in supports),
        "ended_by_itself": sum(reply.finish == "stop" for reply in replies),
        "words": [min(words), sum(words) / total, max(words)],
        "sentences": sorted({len(re.findall(r"\.(?:\s|$)", reply.text)) for reply in replies}),
        "tokens_per_second": sum(reply.tokens for reply in replies) / sum(reply.seconds for reply in replies),
    }


def measure(name: str, sets: dict[str, list[Item]], knowledge: Knowledge, show: int) -> dict[str, Any]:
    """Run one model over all sets and return the figures of each; print `show` answers of each."""
    path = HERE.parent / f"{name}.gguf"
    model = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False)
    result = {}
    for label, items in sets.items():
        replies = [answer(model, item) for item in items]
        result[label] = figures(replies, knowledge)
        for reply in islice(replies, show):
            print(f"  [{reply.item.case.key}] {reply.item.case.text}\n   -> {reply.text}\n")
    return result


def report(name: str, results: dict[str, Any]) -> Iterable[str]:
    """Yield the lines of a table."""
    for label, row in results.items():
        low, high = row["right_95"]
        share, (bottom, top) = row["cited_absent"] / max(1, row["cited"]), row["cited_absent_95"]
        words, speed = row["words"], row["tokens_per_second"]
        yield (
            f"{name:16} {label:20} n {row['n']:4}  right {row['right'] / row['n']:6.1%} ({low:.1%}-{high:.1%})  "
            f"absent {share:6.1%} ({bottom:.1%}-{top:.1%}) of {row['cited']}  "
            f"contradicting answers {row['answers_with_contradiction']}  letter fits {row['letter_fits_name']}  "
            f"ended {row['ended_by_itself']}  words {words[0]}/{words[1]:.0f}/{words[2]}  {speed:.0f} tokens/s"
        )


def main() -> None:
    """Measure both models, print a table and write the figures."""
    parser = argparse.ArgumentParser(description="Measure the demo models through llama.cpp.")
    parser.add_argument("--count", type=int, default=300, help="held-out vignettes of each kind")
    parser.add_argument("--show", type=int, default=0, help="answers to print of each set")
    parser.add_argument("--model", choices=MODELS, nargs="+", default=MODELS)
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    knowledge = load_knowledge()
    sets = {f"held-out {kind}": held_out(kind, arguments.count, knowledge) for kind in ("choice", "diagnosis")}
    sets |= {f"demo {kind}": demo_cases(kind, knowledge) for kind in ("choice", "diagnosis")}
    everything = {}
    for name in arguments.model:
        everything[name] = measure(name, sets, knowledge, arguments.show)
        print("\n".join(report(name, everything[name])))
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
