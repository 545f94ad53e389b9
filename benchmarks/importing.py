"""Importing 100,000 cases: reading them, finding duplicates, writing a case pack, and creating a study of them.

Each container is imported by a process of its own, whose peak memory is measured where the system says it.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measurements import Measurement

CASES, WORDS = 100_000, 150
CONTAINERS = ("jsonl", "csv", "parquet")
SECONDS = 60.0


def run() -> Iterator[Measurement]:
    """Import the same cases from JSON Lines, CSV and Parquet."""
    with tempfile.TemporaryDirectory() as temporary:
        for name in CONTAINERS:
            path = Path(temporary) / f"cases.{name}"
            WRITERS[name](path)
            found = json.loads(
                subprocess.run(
                    [sys.executable, "-m", "benchmarks.importing", str(path)],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            assert found.pop("cases") == CASES
            memory = found.pop("memory")
            for what, seconds in found.items():
                yield Measurement(f"{name}: {what} {CASES:,} cases", seconds, "s", None, 1)
            yield Measurement(
                f"{name}: convert {CASES:,} cases", sum(found.values()) - found["creating"], "s", SECONDS, 1
            )
            yield Measurement(
                f"{name}: new with {CASES:,} cases", sum(found.values()) - found["writing"], "s", SECONDS, 1
            )
            yield Measurement(f"{name}: peak memory", memory, "MB", None, 1)


def records() -> Iterator[dict[str, Any]]:
    """Yield made-up cases of about 1 KB, one in a hundred nearly the same as the one before."""
    chance = random.Random(1)
    vocabulary = [
        "".join(chance.choice("aeioubcdfglmnprst") for _ in range(chance.randint(2, 9))) for _ in range(20_000)
    ]
    text = ""
    for number in range(CASES):
        text = f"{text} again" if number % 100 == 99 else " ".join(chance.choices(vocabulary, k=WORDS))
        options = {letter: " ".join(chance.choices(vocabulary, k=3)) for letter in "ABCDE"}
        question = "Which diagnosis is most likely?"
        yield {"id": f"c{number}", "kind": "choice", "text": text, "question": question, "options": options, "key": "B"}


def _lines(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records())


def _csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "question", *(f"option_{letter}" for letter in "abcde"), "key"])
        for record in records():
            options = record["options"].values()
            writer.writerow([record["id"], record["text"], record["question"], *options, record["key"]])


def _parquet(path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(records())), path)


WRITERS: dict[str, Callable[[Path], None]] = {"jsonl": _lines, "csv": _csv, "parquet": _parquet}


def imported(path: Path) -> dict[str, float]:
    """Import a file; return the seconds of each step, the number of cases and the peak memory in MB."""
    import time

    from benchmarks.studies import demo_models
    from doubleread.cases.duplicates import duplicates_of
    from doubleread.cases.native import as_lines
    from doubleread.cases.reading import read_case_file
    from doubleread.domain.study import Protocol
    from doubleread.store import StudyFile

    at = [time.perf_counter()]

    def told(done: int, total: int) -> None:
        assert done <= total

    pack = read_case_file(path, None, told)
    at.append(time.perf_counter())
    duplicates_of(pack.cases, (), told)
    at.append(time.perf_counter())
    with Path(f"{path}.out").open("w", encoding="utf-8") as file:
        file.writelines(as_lines(pack.cases))
    at.append(time.perf_counter())
    study = Path(f"{path}.doubleread")
    StudyFile.create(study, cases=pack.cases, arms=demo_models(), protocol=Protocol(), device="bench").close()
    at.append(time.perf_counter())
    steps = ("reading", "looking for duplicates among", "writing", "creating")
    seconds = {step: after - before for step, before, after in zip(steps, at, at[1:], strict=False)}
    return {**seconds, "cases": len(pack.cases), "memory": _peak_memory()}


def _peak_memory() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    print(json.dumps(imported(Path(sys.argv[1]))))
