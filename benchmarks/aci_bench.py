"""ACI-Bench's notes by two models, from import to results: `python -m benchmarks.aci_bench FOLDER [SPLIT]`.

The folder has `SPLIT.csv` (encounter_id, dialogue, note) and `answers-NAME-SPLIT.csv` (encounter_id, note) of two
models; the split is test1 unless another is named. ACI-Bench (Yim et al., Scientific Data 2023) is under CC BY 4.0 and
not part of this repository. The first model's mean F1 on test1 is 0.417575 (BART-large) by rouge-score 0.1.2.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

from doubleread.cli.entry import run as doubleread
from doubleread.scoring.rouge import VARIANTS, rouge

WORDS, ANSWERS = 2_000, 10_000
TASK = "Write the clinical note of this visit."


def convert(folder: Path, split: str, into: Path) -> tuple[Path, dict[str, Path]]:
    """Write the visits as cases of kind summary and each model's notes as external answers, and return their files."""
    cases = into / "cases.jsonl"
    with cases.open("w", encoding="utf-8") as file:
        for visit in _rows(folder / f"{split}.csv"):
            case = {"id": visit["encounter_id"], "kind": "summary", "text": visit["dialogue"], "question": TASK}
            file.write(json.dumps({**case, "key": visit["note"], "source": f"ACI-Bench {split}"}) + "\n")
    answers = {}
    for found in sorted(folder.glob(f"answers-*-{split}.csv")):
        name = found.stem.removeprefix("answers-").removesuffix(f"-{split}")
        answers[name] = into / f"{name}.jsonl"
        with answers[name].open("w", encoding="utf-8") as file:
            for row in _rows(found):
                file.write(json.dumps({"case_id": row["encounter_id"], "text": row["note"]}) + "\n")
    return cases, answers


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(folder: Path, split: str) -> dict[str, Any]:
    """Return the JSON of the results of a study of both models' notes."""
    with tempfile.TemporaryDirectory() as made:
        study = Path(made) / "aci.doubleread"
        cases, answers = convert(folder, split, Path(made))
        first, second = answers
        _call("new", study, "--cases", cases, "--model-a", first, "--model-b", second)
        for name, file in answers.items():
            _call("import-answers", study, file, "--arm", name)
        return json.loads(_call("results", study, "--json", "--unblind", "benchmark", "--by", "benchmark"))


def _call(*arguments: object) -> str:
    output = StringIO()
    with redirect_stdout(output):
        code = doubleread([str(argument) for argument in arguments])
    if code:
        raise SystemExit(f"doubleread {arguments[0]} failed")
    return output.getvalue()


def lines(record: dict[str, Any]) -> list[str]:
    """Return a line for each metric: both means to six digits, and the difference with its interval."""
    section = next(section for section in record["sections"] if section["key"] == "measures")
    found = [f"{'':24}" + "".join(f"{arm['name']:>14}" for arm in record["arms"]) + f"{'difference':>14}"]
    for row in section["rows"]:
        difference = row["rows"][0]["difference"]
        interval = f"({difference['low']:.6f} to {difference['high']:.6f})"
        numbers = row["first"]["value"], row["second"]["value"], difference["value"]
        found.append(f"{row['label']:24}" + "".join(f"{number:14.6f}" for number in numbers) + f"  {interval}")
    return found


def long_answer_seconds(words: int) -> float:
    """Return the processor seconds of all ROUGE of an answer and a reference of so many words, 20 on a line."""
    texts = [
        "\n".join(
            " ".join(f"w{(7 * at * at + step) % 400}" for at in range(line, line + 20)) for line in range(0, words, 20)
        )
        for step in (1, 2)
    ]
    started = time.process_time()
    for stemmed in (False, True):
        rouge(*texts, stemmed=stemmed)
    return time.process_time() - started


def main() -> int:
    """Print the table, and how long scoring takes."""
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    folder, split = Path(sys.argv[1]), (sys.argv[2:] or ["test1"])[0]
    started = time.perf_counter()
    import rouge_score.tokenize  # noqa: F401
    from nltk.stem.porter import PorterStemmer  # noqa: F401

    print(f"importing rouge-score and its stemmer: {time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    record = results(folder, split)
    print(f"from import to results: {time.perf_counter() - started:.1f} s")
    print(*lines(record), sep="\n")
    notes = {row["encounter_id"]: row["note"] for row in _rows(folder / f"{split}.csv")}
    pairs = [
        (row["note"], notes[row["encounter_id"]])
        for file in sorted(folder.glob(f"answers-*-{split}.csv"))
        for row in _rows(file)
    ]
    started = time.process_time()
    for answer, reference in pairs:
        for stemmed in (False, True):
            rouge(answer, reference, stemmed=stemmed)
    mean = fmean(len(answer.split()) + len(reference.split()) for answer, reference in pairs)
    each = (time.process_time() - started) / len(pairs)
    print(f"all {2 * 3 * len(VARIANTS)} ROUGE of a pair of {mean:.0f} words: {1000 * each:.2f} ms")
    seconds = min(long_answer_seconds(WORDS) for _ in range(3))
    minutes = ANSWERS * seconds / 60
    print(f"of two texts of {WORDS:,} words: {1000 * seconds:.0f} ms; {ANSWERS:,} answers: {minutes:.1f} min")
    return 0


if __name__ == "__main__":
    sys.exit(main())
