"""Whether retrieval improves answers: a small model answers with and without a corpus that alone has the answers.

The drugs and the guideline are invented, so that no model can know them.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measurements import Measurement
from doubleread.cli.entry import run as command
from doubleread.results import results
from doubleread.statistics import Estimate, Interval, McNemar, Proportion
from doubleread.store import StudyFile

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from real_model import smollm2

DRUGS = 8
"""Invented drugs, each with a document and three cases."""

_BEGINNINGS, _ENDINGS = ("zol", "quin", "fero", "bari", "lumo", "tova", "nexi", "drali"), ("mirate", "tapam", "vine")
_FACTS = {
    "gout|migraine|asthma|psoriasis|epilepsy|glaucoma|anaemia|insomnia": (
        "{drug} is used to treat {value}.",
        "{drug} is used to treat",
    ),
    "kidney|liver|thyroid|eyes|skin|lungs|bones|heart": (
        "During treatment with {drug}, the {value} must be checked every month.",
        "During treatment with {drug}, check the",
    ),
    "grapefruit|cheese|alcohol|coffee|milk|garlic|chocolate|salt": (
        "Patients who take {drug} must not have any {value}.",
        "Patients who take {drug} must not have any",
    ),
}
"""What can be said of a drug: its values, the sentence of the document, and the sentence that the model completes."""

_PROTOCOL = """
n_ctx = 1024
[prompt]
system = ""
passages = "{passages}\\n\\n"
choice = "{text}\\nOptions:\\n{options}\\n{question}"
[decoding]
max_tokens = 8
stop = ["\\n"]
"""


def run() -> Iterator[Measurement]:
    """Build the corpus, create the study, answer it and count, with the program's own commands."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _found(_answered(Path(folder)))


def _answered(place: Path) -> Path:
    source = random.Random(7)
    drugs = [(a + b).capitalize() for a, b in itertools.product(_BEGINNINGS, _ENDINGS)][:DRUGS]
    documents, cases = place / "drugs", place / "cases.jsonl"
    documents.mkdir()
    with cases.open("w", encoding="utf-8") as file:
        for drug in drugs:
            said: list[str] = []
            for number, (values, (fact, question)) in enumerate(_FACTS.items()):
                options = source.sample(values.split("|"), 4)
                value = source.choice(options)
                said.append(fact.format(drug=drug, value=value))
                case = _case(drug, number, question.format(drug=drug), options, value, said[-1])
                file.write(json.dumps(case) + "\n")
            (documents / f"{drug}.md").write_text(f"# {drug}\n\n{' '.join(said)}\n", encoding="utf-8")
    protocol = place / "protocol.toml"
    protocol.write_text(_PROTOCOL, encoding="utf-8")
    corpus, study = place / "drugs.corpus", place / "effect.doubleread"
    _do("corpus", "build", documents, "--out", corpus)
    arms = ("--model-a", smollm2(), "--name-a", "with", "--model-b", smollm2(), "--name-b", "without")
    # Completing a sentence is what so small a model can do.
    completion = place / "completion.jinja"
    completion.write_text("{% for message in messages %}{{ message.content }}{% endfor %}", encoding="utf-8")
    plain = ("--chat-template-a", completion, "--chat-template-b", completion)
    given = ("--corpus-a", corpus, "--passages-a", 1)
    _do("new", study, "--cases", cases, *arms, *plain, *given, "--protocol", protocol)
    _do("run", study)
    return study


def _case(drug: str, number: int, question: str, options: list[str], value: str, fact: str) -> dict[str, Any]:
    letters = dict(zip("ABCD", options, strict=True))
    return {
        "id": f"{drug}-{number}",
        "kind": "choice",
        "text": f"A patient takes {drug}.",
        "question": question,
        "options": letters,
        "key": next(letter for letter, option in letters.items() if option == value),
        "gold_passages": [fact],
    }


def _do(*arguments: object) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = command([str(argument) for argument in arguments])
    if code:
        raise RuntimeError(said.getvalue())


def _found(path: Path) -> Iterator[Measurement]:
    with StudyFile.open(path, device="benchmark", read_only=True) as study:
        found = results(study)
    n = found.cases
    for arm in found.arms:
        correct = arm.overall.indeterminate_incorrect
        assert isinstance(correct, Proportion)
        yield Measurement(f"correct {arm.name} retrieval", 100 * correct.value, "%", n=n)
    compared = found.accuracy[0].paired.indeterminate_incorrect
    difference = compared.difference
    if isinstance(difference, Estimate):
        yield Measurement("paired difference, with less without retrieval", 100 * difference.value, "pp", n=n)
        if isinstance(difference.interval, Interval):
            yield Measurement("its 95% interval, lower end", 100 * difference.interval.low, "pp", n=n)
            yield Measurement("its 95% interval, upper end", 100 * difference.interval.high, "pp", n=n)
    if isinstance(compared.test, McNemar):
        yield Measurement("McNemar's mid-p", compared.test.mid_p, "", 0.05, n)
    recall = found.retrieval.recall.first if found.retrieval else None
    if isinstance(recall, Estimate):
        yield Measurement("gold passages given", 100 * recall.value, "%", n=n)
