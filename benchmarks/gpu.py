"""Two large models on one GPU, all in one go: `python -m benchmarks.gpu --help`.

Makes two models of real shape, says whether they fit and how fast they are, compares the plan with the memory really
taken, and measures many answers at a time against one and against the plain loop, and two models at once against one
after the other. Without a GPU it does the same with a small shape on the processor. Exits with 1 where a part failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from doubleread.engine.planning.probe import probe

_PROGRAM = [sys.executable, "-m", "doubleread"]


def main(arguments: list[str]) -> int:
    """Do every part, whatever becomes of the ones before, and say which failed."""
    found = probe()
    gpu = any(not device.software for device in found.gpus)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("--shape", default="llama-8b" if gpu else "small")
    parser.add_argument("--type", default="Q4_K_M")
    parser.add_argument("--slots", type=int, default=32 if gpu else 8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--vocab", type=Path, help="a GGUF whose vocabulary the models get")
    parser.add_argument("--folder", type=Path, help="where the models lie, or are made; else they are thrown away")
    options = parser.parse_args(arguments)
    print(", ".join(f"{device.name} ({device.description})" for device in found.gpus) or "no GPU: on the processor")
    with tempfile.TemporaryDirectory() as temporary:
        failed = _parts(options, options.folder or Path(temporary))
    for name in failed:
        print(f"FAILED: {name}")
    return int(bool(failed))


def _parts(options: argparse.Namespace, folder: Path) -> list[str]:
    models = [folder / f"{options.shape}-{options.type}-{seed}.gguf" for seed in (1, 2)]
    vocab = ["--vocab", options.vocab] if options.vocab else []
    make = [*_PROGRAM, "bench", "make-model", "--shape", options.shape, "--type", options.type, *vocab]
    bench = [*_PROGRAM, "bench", "run", models[0], "--slots", options.slots, "--rounds", options.rounds]
    parts: list[tuple[str, list[object]]] = [
        (f"making {model.name}", [*make, "--seed", seed, "--out", model])
        for seed, model in enumerate(models, start=1)
        if not model.exists()
    ]
    parts += [
        ("what fits, and how fast", [*_PROGRAM, "doctor", *models, "--slots", options.slots]),
        ("the plan against the memory taken", [sys.executable, "-m", "benchmarks.memory_plan", models[0]]),
        (
            f"{options.slots} answers at a time, one, and the loop",
            [*bench, "--workload", "long", "--way", "one-slot", "--way", "loop"],
        ),
        ("two models", [*bench, "--second", models[1], "--workload", "two-models"]),
    ]
    failed = []
    for name, command in parts:
        print(f"\n== {name}", flush=True)
        if subprocess.run(list(map(str, command)), check=False).returncode:
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
