"""An installation without llama-cpp-python reads, adjudicates and analyses, and says how to add the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tui.studies import make_study

PROGRAM = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] == "llama_cpp" else find(name, *more)
from doubleread.cli import main
main()
"""
DEMO = Path(__file__).parents[2] / "models" / "demo-general.gguf"
INSTALL = "pip install 'doubleread[engine]'"


def called(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def read_elsewhere(tmp_path: Path) -> Path:
    """A study whose answers were all made on another machine."""
    return make_study(tmp_path / "elsewhere.doubleread")


@pytest.mark.parametrize(
    "command", [["results"], ["report"], ["export", "--format", "csv"], ["log"], ["score"], ["review-scores", "--list"]]
)
def test_what_needs_no_model_works(read_elsewhere, command, tmp_path):
    out = ["--out", tmp_path / "out"] if command[0] in ("report", "export") else []
    done = called(command[0], read_elsewhere, *command[1:], *out)
    assert done.returncode in (0, 1), done.stderr
    assert INSTALL not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_says_how_to_add_it_and_finds_no_fault(read_elsewhere):
    done = called("doctor", "--json")
    found = json.loads(done.stdout)
    assert found["llama_cpp"]["error"] == f"not installed ({INSTALL})"
    assert not [fault for fault in found["faults"] if "llama" in fault]


@pytest.mark.parametrize(
    "command",
    [["demo", "--headless"], ["bench", "run", str(DEMO)], ["models", "inspect", str(DEMO), "--render"]],
)
def test_what_needs_a_model_says_how_to_add_it(command, tmp_path):
    done = called(*command, *(["--study", tmp_path / "demo.doubleread"] if command[0] == "demo" else []))
    assert done.returncode == 1
    assert "Engine not installed: running a model needs llama-cpp-python" in done.stderr
    assert INSTALL in done.stderr
    assert "Traceback" not in done.stderr
