"""The commands as a user calls them, in this process or in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import gguf_files
from doubleread.cli.entry import run

PROGRAM = [sys.executable, "-c", "from doubleread.cli import main; main()"]
PROTOCOL = '[prompt]\nsystem = ""\n[decoding]\nmax_tokens = 24\n'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left: exit code and both outputs."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)


Invoke = Callable[..., Outcome]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return Outcome(code, captured.out, captured.err)

    return call


def in_a_process(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
        env=dict(os.environ),
        **more,
    )


def write_pack(path: Path, cases: int = 3, **more: Any) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(cases):
            case = {
                "id": f"{path.stem}-{number}",
                "kind": "choice",
                "text": f"A man of {40 + number} years has a cough.",
                "question": "What is it?",
                "options": {"A": "Asthma", "B": "Pneumonia"},
                "key": "B",
                **more,
            }
            file.write(json.dumps(case) + "\n")
    return path


@pytest.fixture(scope="session")
def ggufs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two real, tiny, different models."""
    folder = tmp_path_factory.mktemp("ggufs")
    shape = replace(gguf_files.SMALL, context=1024)
    return (
        gguf_files.write_llama(folder / "alpha.gguf", shape=shape, name="Alpha"),
        gguf_files.write_llama(folder / "beta.gguf", shape=replace(shape, seed=2), name="Beta"),
    )


@pytest.fixture
def make(invoke: Invoke, tmp_path: Path, ggufs: tuple[Path, Path]) -> Callable[..., Path]:
    """Make a study of the tiny models, with short answers."""

    def call(cases: int = 3, protocol: str = PROTOCOL, arms: tuple[Path, Path] = ggufs, **more: Any) -> Path:
        settings = tmp_path / "protocol.toml"
        settings.write_text(protocol, encoding="utf-8")
        pack = write_pack(tmp_path / "pack.jsonl", cases, **more)
        study = tmp_path / "trial.doubleread"
        done = invoke("new", study, "--cases", pack, "--model-a", arms[0], "--model-b", arms[1], "--protocol", settings)
        assert done.code == 0, done.err
        return study

    return call
