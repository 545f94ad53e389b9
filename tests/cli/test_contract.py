"""What holds for every command: help, documentation, exit codes, quick start, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.conftest import PROGRAM
from doubleread import __version__, locations
from doubleread.cli.commands import cases as case_commands
from doubleread.cli.main import app

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def commands(command=None, name="doubleread"):
    """Yield every command with its full name."""
    command = command or typer.main.get_command(app)
    yield name, command
    for inner, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, f"{name} {inner}")


EVERY = dict(commands())


NAMES = """
compare, deposit, demo, new, run, import-answers, import-annotations, read, score, results, report, sample-size, export,
serve, verify, doctor, tune, split, merge, log, backup, recover, cases, cases check, cases list,
cases convert, cases formats, models, models list,
models inspect, models templates, bench, bench run, bench make-model, protocol, protocol show, protocol check,
protocol change, protocol presets, protocol tasks, protocol training,
readers, readers add, readers list, readers withdraw,
readers reinstate, readers qualify, readers background,
assign, adjudicate, review-scores, conflicts, conflicts list, conflicts resolve, encryption,
encryption recovery-key, encryption change-passphrase, corpus, corpus build, corpus search, corpus info
"""


def test_the_commands_are_those_of_the_contract():
    assert set(EVERY) == {"doubleread", *(f"doubleread {name.strip()}" for name in " ".join(NAMES.split()).split(","))}


@pytest.mark.parametrize("name", EVERY)
def test_every_command_and_option_has_help(name):
    assert EVERY[name].help.strip()
    for parameter in EVERY[name].params:
        assert parameter.help.strip(), parameter.name


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_a_section_in_the_reference(name):
    assert f"\n## {name}\n" in REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVERY)
def test_help_is_printed_without_markup_and_whole(invoke, name):
    done = invoke(*name.split()[1:], "--help")
    assert done.code == 0
    assert "Usage: doubleread" in done.out
    assert "\x1b" not in done.out
    assert "...\n" not in done.out.partition("Commands:")[2]


def test_version(invoke):
    assert invoke("--version").out == f"doubleread {__version__}\n"


def test_without_a_terminal_the_screens_say_what_to_do(invoke, tmp_path):
    for arguments in ((), ("demo",), ("read", tmp_path / "x.doubleread", "--reader", "R-01")):
        done = invoke(*arguments)
        assert done.code == 2
        assert done.out == ""
        assert done.err.startswith("No terminal: ")
        assert "--headless" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("run",),
        ("run", "a", "--slots", "0"),
        ("run", "a", "--slots", "many"),
        ("results", "a", "--nonsense"),
        ("report", "a"),
        ("compare",),
        ("sample-size", "--difference", "0.1"),
        ("sample-size", "--difference", "0.4", "--discordant", "0.3"),
        ("new", "a"),
        ("export", "a", "--format", "xlsx", "--out", "b"),
        ("cases", "convert", "a", "--format", "xlsx", "--out", "b"),
        ("bench", "run", "a", "--workload", "nonsense"),
        ("bench", "run", "a", "--way", "nonsense"),
        ("bench", "run", "a", "--rounds", "0"),
        ("bench", "make-model"),
        ("bench", "make-model", "--out", "a", "--shape", "giant"),
        ("bench", "make-model", "--out", "a", "--type", "Q1"),
        ("read", "a", "--reader", " "),
        ("adjudicate", "a", "--adjudicator", " "),
        ("adjudicate", "a", "--json"),
        ("read", "a", "--reader", "R\x1b[31m"),
    ],
)
def test_wrong_use_exits_with_2_and_one_line(invoke, arguments):
    done = invoke(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


def test_a_missing_study_exits_with_1_and_says_what_to_do(invoke, tmp_path):
    for command in ("run", "score", "results"):
        done = invoke(command, tmp_path / "nowhere")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("No such study: ")
        assert ";" in done.err


def test_a_fault_of_our_own_leaves_a_report_and_no_traceback(invoke, monkeypatch, tmp_path):
    def stumble(*_):
        raise ZeroDivisionError("patient \x1b[31mname")

    monkeypatch.setattr("doubleread.cases.packs.read_packs", stumble)
    done = invoke("cases", "check", tmp_path / "pack.jsonl")
    assert done.code == 1
    assert "patient" not in done.err
    (report,) = locations.logs().iterdir()
    assert str(report) in done.err
    assert "ZeroDivisionError" in report.read_text(encoding="utf-8")
    if os.name != "nt":
        assert report.stat().st_mode & 0o777 == 0o600
    assert case_commands.check is not stumble


def test_ctrl_c_is_a_plain_message(invoke, monkeypatch, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("doubleread.cases.packs.read_packs", interrupt)
    done = invoke("cases", "check", tmp_path / "pack.jsonl")
    assert done.code == 1
    assert done.err.startswith("Stopped: ")


def test_a_reader_of_the_output_that_goes_away_is_no_error(tmp_path):
    process = subprocess.Popen(
        [*PROGRAM, "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    process.stdout.close()
    _, error = process.communicate(timeout=600)
    assert b"Traceback" not in error
    assert b"Exception" not in error


def test_help_imports_nothing_heavy():
    code = "import sys\nfrom doubleread.cli.entry import run\nrun(['--help'])\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"textual", "sqlite_utils", "llama_cpp", "sqlite3", "numpy", "rapidfuzz", "rich", "jinja2", "pydantic"}
    assert not heavy & set(done.stdout.split())
